"""The one `(:Dataset)` node: what the store holds, and how often it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from basketweave.errors import SchemaError
from basketweave.graph.embedded import schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.kinds import Kinds
from basketweave.graph.planned.dataset import (
    check_version,
    dataset_of,
    kind_properties,
    noted,
    nothing_to_count,
)
from basketweave.graph.recorded import RECORDED
from basketweave.graph.schema import DATASET, EVENT_KINDS, SCHEMA_VERSION
from basketweave.graph.store import Dataset
from basketweave.graph.tables import IdType, Tables

_WRITE = f"""
MERGE (d:{DATASET} {{id: 'dataset'}})
SET d.name = $name, d.schemaVersion = $version, d.userIds = $users,
  d.itemIds = $items, d.firstAt = $first, d.lastAt = $last,
  d.derived = coalesce(d.derived, false), d.changes = coalesce(d.changes, 0) + 1,
  d.notes = $notes
"""


def read_dataset(session: Session) -> Dataset | None:
    """The data set that the graph holds; None where nothing has been loaded."""
    rows = session.rows(f"MATCH (d:{DATASET}) RETURN d")
    return dataset_of(rows[0][0]) if rows else None


def present(session: Session, path: str) -> bool:
    """Whether the tables of this package exist; False for a database without tables.

    Raises `SchemaError` where other tables exist instead, and for a store that a newer
    version of this package wrote.
    """
    there = schema.names(session)
    if DATASET not in there:
        if there:
            raise SchemaError(
                f"{path} holds no basketweave graph. Choose another path."
            )
        return False
    found = read_dataset(session)
    if found is not None:
        check_version(found.schema_version, path)
    return True


def touch(session: Session) -> None:
    """Count one more write in the data set."""
    session.do(f"MATCH (d:{DATASET}) SET d.changes = d.changes + 1")


def note_derived(session: Session, as_of: int | None) -> None:
    """Store up to which second events went into the derived relationships."""
    session.do(
        f"MATCH (d:{DATASET}) SET d.derived = true, d.derivedAsOf = $as_of",
        {"as_of": as_of},
    )


def note_kinds(session: Session, kinds: Kinds | None) -> None:
    """Store how the event kinds count, and count one write."""
    if read_dataset(session) is None:
        raise nothing_to_count()
    schema.widen_dataset(session)
    given = kind_properties(kinds)
    values = ", ".join(f"d.{name} = ${name}" for name in given)
    session.do(f"MATCH (d:{DATASET}) SET {values}", given)
    touch(session)


def note_loaded(session: Session, tables: Tables, notes: Mapping[str, int]) -> None:
    """Widen the bounds of the event times, store the load's notes, count one write."""
    before = read_dataset(session)
    times = tables.events["time"]
    first, last = times.min(), times.max()
    session.do(
        _WRITE,
        {
            "name": before.name if before else tables.name,
            "version": SCHEMA_VERSION,
            "users": _ids(before.user_ids if before else None, tables.user_ids),
            "items": _ids(before.item_ids if before else None, tables.item_ids),
            "first": _end(min, first, before.first_at if before else None),
            "last": _end(max, last, before.last_at if before else None),
            "notes": noted(before, notes),
        },
    )


def note_begun(session: Session, user_ids: IdType, item_ids: IdType) -> None:
    """Make the node of a store into which nothing was loaded, but events recorded."""
    named = {"name": RECORDED, "version": SCHEMA_VERSION, "notes": "{}"}
    ids = {"users": user_ids, "items": item_ids}
    session.do(_WRITE, {**named, **ids, "first": None, "last": None})


def note_recorded(session: Session, times: Sequence[int]) -> None:
    """Count one more write, of events at these times."""
    before = read_dataset(session)
    if not times or before is None:
        return
    _set_bounds(
        session,
        _end(min, min(times), before.first_at),
        _end(max, max(times), before.last_at),
    )


def note_bounds(session: Session) -> None:
    """Count one more write, which took events away: the bounds are those of the rest."""
    bounds = [
        row
        for kind in EVENT_KINDS
        for row in session.rows(f"MATCH ()-[e:{kind}]->() RETURN min(e.at), max(e.at)")
        if row[0] is not None
    ]
    _set_bounds(
        session,
        min((first for first, _ in bounds), default=None),
        max((last for _, last in bounds), default=None),
    )


def _set_bounds(session: Session, first: int | None, last: int | None) -> None:
    session.do(
        f"MATCH (d:{DATASET}) "
        "SET d.changes = d.changes + 1, d.firstAt = $first, d.lastAt = $last",
        {"first": first, "last": last},
    )


def _ids(before: str | None, now: IdType) -> IdType:
    """Ids stay numbers only while all sources have numbers."""
    return "str" if before == "str" else now


def _end(pick: Callable[[int, int], int], now: Any, before: int | None) -> int | None:
    times = [time for time in (now, before) if time is not None]
    return reduce(pick, times) if times else None
