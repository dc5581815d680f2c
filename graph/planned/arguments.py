"""The arguments of an export: checked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from numbers import Integral
from typing import Any

from basketweave.errors import UsageError
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import (
    CATALOGUE,
    DERIVED,
    DERIVED_SCORES,
    check_kind,
    relation,
)
from basketweave.graph.store import Dataset
from basketweave.moments import Moment, until


@dataclass(frozen=True)
class ExportArguments:
    """An export's arguments in their one form: ids as text, a moment as a second.

    stated   how the event kinds count, where somebody said so
    """

    as_of: int | None
    kinds: tuple[str, ...] | None
    relations: tuple[str, ...]
    seeds: tuple[str, ...] | None
    hops: int
    items: tuple[str, ...]
    stated: Kinds | None


def export_arguments(
    dataset: Dataset | None,
    as_of: Moment,
    *,
    kinds: object,
    relations: object,
    seeds: object,
    hops: object,
    items: object,
) -> ExportArguments:
    """The checked arguments of an export; a single name or id becomes a tuple of one.

    Raises `UsageError` for an argument that cannot be understood, and where `relations`
    or `items` name something that was derived from events after `as_of`. Raises
    `SchemaError` for an unknown kind or relation.
    """
    found = ExportArguments(
        until(as_of),
        None if kinds is None else _names("kinds", kinds),
        tuple(CATALOGUE) if relations is None else _names("relations", relations),
        None if seeds is None else _ids(seeds),
        _hops(hops),
        _names("items", items),
        None if dataset is None else dataset.kinds,
    )
    if dataset is not None:
        _check_bound(dataset, found)
    for kind in found.kinds or ():
        check_kind(kind)
    for kind in found.relations:
        relation(kind)
    return found


def _check_bound(dataset: Dataset, found: ExportArguments) -> None:
    """Raise `UsageError` for what was derived from events after the export's end."""
    if found.as_of is None or not dataset.derived:
        return
    ends = [t for t in (dataset.derived_as_of, dataset.last_at) if t is not None]
    if not ends or min(ends) <= found.as_of:
        return
    for word, wanted, ours in (
        ("relationships", found.relations, DERIVED),
        ("item property", found.items, DERIVED_SCORES),
    ):
        for name in wanted:
            if name in ours:
                raise UsageError(
                    f"The {word} {name} may be derived from events up to "
                    f"{_day(min(ends))}, and this export ends at "
                    f"{_day(found.as_of)}: it would know what came later. Derive from "
                    "the exported subgraph (basketweave.graph.derive.derived), or "
                    f"anew: basketweave derive --as-of {found.as_of}"
                )


def _names(what: str, given: object) -> tuple[str, ...]:
    several = _several(what, given, "names")
    for name in several:
        if not isinstance(name, str):
            raise UsageError(f"`{what}` takes names, and {name!r} is none.")
    return tuple(dict.fromkeys(str(name) for name in several))


def _ids(given: object) -> tuple[str, ...]:
    several = _several("seeds", given, "ids of users")
    for one in several:
        if isinstance(one, bool) or not isinstance(one, str | Integral):
            raise UsageError(f"`seeds` takes ids of users, and {one!r} is none.")
    return tuple(dict.fromkeys(str(one) for one in several))


def _several(what: str, given: object, expected: str) -> list[Any]:
    if isinstance(given, str | Integral):
        return [given]
    if isinstance(given, Iterable) and not isinstance(given, Mapping | bytes):
        return list(given)
    raise UsageError(f"`{what}` takes {expected}, and {given!r} is none of these.")


def _hops(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, Integral) or given < 0:
        raise UsageError(f"`hops` is a whole number from 0, and {given!r} is none.")
    return int(given)


def _day(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}"
