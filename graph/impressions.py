"""What people were shown, checked in one place for both stores."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, NamedTuple

import polars as pl

from basketweave.errors import DataError, NotFoundError
from basketweave.graph.given import Given, check_fields, missing, read_each, rows_of
from basketweave.graph.ids import as_id, as_whole
from basketweave.graph.recorded import Event
from basketweave.moments import DAY, Moment, instant
from basketweave.moments import since as first_of
from basketweave.shown import shown

WHAT, EXAMPLE = "impression", "{'answer': 'a1', 'user': 7, 'item': 42, 'place': 1}"


class Impression(NamedTuple):
    """An item at its place in an answer that a person saw.

    place        from 1
    propensity   with what probability the item came into the answer
    at           Unix second
    experiment   in which the person was, and in which of its groups
    blend        that served, such as `blend_new_v3`
    """

    user: str
    item: str
    answer: str
    place: int
    propensity: float
    at: int
    experiment: str | None = None
    group: str | None = None
    blend: str | None = None


SHOWN_COLUMNS = pl.Schema(
    {
        **dict.fromkeys(("user", "item", "answer"), pl.String()),
        "place": pl.Int64(),
        "propensity": pl.Float64(),
        "at": pl.Int64(),
        **dict.fromkeys(("experiment", "group", "blend"), pl.String()),
        "takenAt": pl.Int64(),
    }
)
"""Columns of `GraphStore.shown`; `takenAt` is when an event cited the answer."""
SHOWN_PROPERTIES = [name for name in SHOWN_COLUMNS if name not in ("user", "item")]
"""Those of the relationship itself."""


def impressions(given: Given) -> list[Impression]:
    """The impressions in their one form, each item of an answer once.

    Raises `DataError` for the first that cannot be used, which it names by its number
    from 1, and `UsageError` for what holds none.
    """
    now = time.time()
    found: dict[tuple[str, str, str], Impression] = {}
    rows = rows_of(given, WHAT, EXAMPLE)
    for one in read_each(rows, "Impression", "recorded", lambda row: _read(row, now)):
        found.setdefault((one.answer, one.user, one.item), one)
    return list(found.values())


def cited(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Who took what of which answer, and when: the last first, so that where all are
    written one after the other the first one stays."""
    rows = [
        {"user": e.user, "item": e.item, "answer": e.answer, "time": e.time}
        for e in events
        if e.answer is not None
    ]
    return sorted(rows, key=lambda row: -int(row["time"] or 0))


def unknown_id(what: str, name: str) -> NotFoundError:
    """The error for a user or an item of an impression that the store lacks."""
    return NotFoundError(
        f"The store has no {what} {shown(name)}, and nothing was recorded."
    )


def first_second(moment: Moment) -> int:
    """The second at which a moment begins; 0 for None."""
    return first_of(moment) or 0


def _read(row: Any, now: float) -> Impression:
    if not isinstance(row, Mapping):
        raise DataError(f"{shown(row)} is no mapping, such as {EXAMPLE}.")
    check_fields(row, "an impression", Impression._fields)
    for name in ("answer", "user", "item"):
        if missing(row.get(name)):
            raise DataError(f"It has no {name}.")
    user, item, answer = (as_id(row[name]) for name in ("user", "item", "answer"))
    others = (_text(row.get(name)) for name in ("experiment", "group", "blend"))
    place, propensity = _place(row.get("place")), _propensity(row.get("propensity"))
    return Impression(
        user, item, answer, place, propensity, _at(row.get("at"), now), *others
    )


def _place(value: object) -> int:
    place = as_whole(value)
    if place is None or place < 1:
        raise DataError(f"Its place, {shown(value)}, is none: places count from 1.")
    return place


def _propensity(value: object) -> float:
    if missing(value):
        return 1.0
    if not isinstance(value, Real) or isinstance(value, bool):
        raise DataError(f"Its propensity, {shown(value)}, is no number.")
    if not (math.isfinite(float(value)) and 0 < float(value) <= 1 + 1e-6):
        raise DataError(f"Its propensity, {shown(value)}, is not above 0 and up to 1.")
    return min(float(value), 1.0)


def _at(moment: Any, now: float) -> int:
    if missing(moment):
        return int(now)
    second, _ = instant(moment)
    if second > now + DAY:
        raise DataError(f"Its time, {shown(moment)}, is more than a day ahead.")
    return second


def _text(value: object) -> str | None:
    return None if missing(value) else as_id(value)
