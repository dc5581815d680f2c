"""Events of a graph of one's own, read for some users at a time."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.tables import MILLIS
from basketweave.loaders.own_graph import statements
from basketweave.loaders.own_graph.mapping import GraphMapping, OwnEvents
from basketweave.loaders.own_graph.nodes import id_of
from basketweave.loaders.times import UNITS, unix_millis
from basketweave.moments import DAY
from basketweave.progress import Advance

USERS = 2_000
"""How many users' events are read at a time."""

_ROW = pl.Schema(
    {
        "user": pl.String,
        "item": pl.String,
        "at": pl.Int64,
        "value": pl.Float64,
        "basket": pl.String,
        "kind": pl.String,
    }
)


@dataclass
class ReadEvents:
    """Events as `Tables` have them, up to when they go, and what was left out.

    marks   for each pattern of the mapping, the second of its last event; None where
            it has no times
    """

    frame: pl.DataFrame
    marks: list[int | None]
    notes: dict[str, int] = field(default_factory=dict)


def read_events(
    database: Database,
    mapping: GraphMapping,
    users: pl.Series,
    ids: Mapping[str, pl.Series],
    marks: Iterable[int | None] | None = None,
    advance: Advance = lambda _: None,
) -> ReadEvents:
    """The events of these users (internal ids), from a day before the marks on.

    ids   the users' and the items' ids: an event of another one is left out, and read
          the next time
    """
    since = list(marks or [None] * len(mapping.events))
    frames, ends = [], []
    notes: dict[str, int] = {}
    for one, mark in zip(mapping.events, since, strict=True):
        found = _read(database, mapping, one, users, mark, advance)
        found = _timed(one, found, notes)
        known = pl.col("user").is_in(ids["users"].implode()) & pl.col("item").is_in(
            ids["items"].implode()
        )
        strange = found.filter(~known)
        found = found.filter(known)
        if len(strange):
            notes["events of users or items without a usable key"] = len(strange)
        frames.append(found.drop("basket"))
        ends.append(_mark(one, found, strange, mark))
    found = pl.concat(frames).sort("time", MILLIS, maintain_order=True)
    return ReadEvents(found, ends, notes)


def counted_before(
    database: Database, mapping: GraphMapping, marks: Sequence[int | None]
) -> list[int]:
    """For each pattern, how many events are not read again from these marks on."""
    counts = []
    for one, mark in zip(mapping.events, marks, strict=True):
        text = statements.before_of(mapping, one)
        ((n,),) = database.read(text, **_since(one, mark))
        counts.append(n)
    return counts


def changed_before(
    database: Database,
    mapping: GraphMapping,
    marks: Sequence[int | None],
    before: Sequence[int],
) -> list[int]:
    """For each pattern, how many more or fewer events there are that are not read again.

    before   how many there were when they were read. Of events without a time all are
             read again, and more of them are just new: only fewer count here
    """
    now = counted_before(database, mapping, marks) if before else []
    found = zip(mapping.events, now, before, strict=True)
    more = [n - then if one.time else min(n - then, 0) for one, n, then in found]
    return more or [0] * len(mapping.events)


def _mark(
    one: OwnEvents, found: pl.DataFrame, strange: pl.DataFrame, before: int | None
) -> int | None:
    """Up to when events are in: not beyond one whose item came meanwhile."""
    if one.time is None:
        return None
    last: Any = found["time"].max()
    first: Any = strange["time"].min()
    end = max((t for t in (last, before) if t is not None), default=None)
    return end if first is None or end is None else min(end, first)


def _read(
    database: Database,
    mapping: GraphMapping,
    one: OwnEvents,
    users: pl.Series,
    mark: int | None,
    advance: Advance,
) -> pl.DataFrame:
    text, frames = statements.events_of(mapping, one), [pl.DataFrame(schema=_ROW)]
    given = _since(one, mark)
    for some in users.to_frame().iter_slices(USERS):
        asked = {**given, "users": some.to_series().to_list()}
        rows = chain.from_iterable(row[0] for row in database.read(text, **asked))
        frames.append(_frame(one, list(rows)))
        advance(len(some))
    return pl.concat(frames)


def _since(one: OwnEvents, mark: int | None) -> dict[str, Any]:
    """The bounds that a time is compared with, whatever its type: a day early, since
    what is written now may be of a little earlier."""
    form = one.format or "unix"
    zone = one.timezone or "UTC"
    if mark is None:
        return {"zone": zone, "since": None, "number": None, "text": None}
    since = mark - DAY
    number = since * 1_000 / UNITS[form] if form in UNITS else None
    day = datetime.fromtimestamp(since - DAY, UTC).strftime("%Y-%m-%d")
    text = day if one.format in (None, "iso") else None
    return {"zone": zone, "since": since, "number": number, "text": text}


def _frame(one: OwnEvents, rows: list[list[Any]]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * 7
    users, items, typed, raw, values, baskets, kinds = columns
    names = one.kinds.names if one.kinds else {}
    told = {
        "user": [id_of(key) for key in users],
        "item": [id_of(key) for key in items],
        "at": _millis(one, typed, raw),
        "value": [
            float(v) if isinstance(v, int | float) and not isinstance(v, bool) else None
            for v in values
        ],
        "basket": [None if b is None else str(b) for b in baskets],
        "kind": [names.get(str(k)) if one.kinds else one.kind for k in kinds],
    }
    return pl.DataFrame(told, schema=_ROW)


_UNREADABLE = -(2**62)


def _millis(one: OwnEvents, typed: Iterable[Any], raw: Iterable[Any]) -> pl.Series:
    """Milliseconds since 1970: of Neo4j's own times, of numbers and of texts."""
    found, given = pl.Series(typed, dtype=pl.Int64), list(raw)
    for kind, form in ((str, one.format or "iso"), (int | float, one.format or "unix")):
        part = [v if isinstance(v, kind) else None for v in given]
        if any(v is not None for v in part):
            told = pl.Series("time", part, strict=False)
            read = unix_millis(told, form, one.timezone)
            read = pl.select(
                pl.when(told.is_not_null()).then(read.fill_null(_UNREADABLE))
            ).to_series()
            found = found.fill_null(read)
    return found


def _timed(one: OwnEvents, found: pl.DataFrame, notes: dict[str, int]) -> pl.DataFrame:
    """With `time` in seconds and `millis`; those of no known kind are left out."""
    unread = found["at"].eq(_UNREADABLE).sum()
    if unread == len(found) > 0:
        raise DataError(
            f"No time of {one.time} can be read. Say how they are written: "
            'format: "%d.%m.%Y"'
        )
    undated = found["at"].null_count() if one.time else 0
    other = found["kind"].null_count()
    for note, n in (
        ("events whose time cannot be read, left out", unread),
        ("events without a time, before all others", undated),
        ("events of a kind that the mapping does not name, left out", other),
    ):
        if n:
            notes[note] = notes.get(note, 0) + int(n)
    found = found.filter(pl.col("at").ne_missing(_UNREADABLE)).drop_nulls("kind")
    latest: Any = found["at"].max()
    if latest is not None and latest > (time.time() + 10 * 365 * DAY) * 1_000:
        raise DataError(
            f"{one.time} lies in the far future as {one.format or 'unix'}. Say how "
            "numbers are meant: format: unix_ms"
        )
    first = pl.col("at").min().over("user", "basket")
    at = pl.when(pl.col("basket").is_null()).then("at").otherwise(first).fill_null(0)
    found = found.with_columns(time=at.floordiv(1_000), millis=at.mod(1_000))
    return found.with_columns(_apart(found).alias(MILLIS)).drop("at")


def _apart(found: pl.DataFrame) -> pl.Series:
    """Milliseconds; baskets of one second are told apart by some drawn from their name."""
    names = found["basket"].unique().drop_nulls()
    drawn = {name: zlib.crc32(name.encode()) % 1_000 for name in names}
    told = found["basket"].replace_strict(drawn, default=None, return_dtype=pl.Int64)
    whole = (found["millis"] == 0) & told.is_not_null()
    return pl.select(pl.when(whole).then(told).otherwise(found["millis"])).to_series()
