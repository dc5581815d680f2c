"""Mapped files of events: user, item, time, kind and value of each row."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import RATED
from basketweave.graph.tables import EVENTS, MILLIS
from basketweave.loaders.files.event_times import EventTimes
from basketweave.loaders.files.from_file import Convert, Converted, FromFile, read_files
from basketweave.loaders.files.mapping import EventsFile
from basketweave.loaders.files.values import (
    LONGEST_ID,
    as_ids,
    as_text,
    settled_ids,
    too_long,
)
from basketweave.moments import DAY

RETURNS = "returns (events with a value below 0), left out"
NOTHING = "events with a value of 0, left out"
IGNORED = "events of kinds that the mapping ignores, left out"


def read_events(folder: Path, file: EventsFile) -> FromFile:
    """Events of the files; without a time column, `time` is the user's nth row.

    Raises DataError for files without a single row, and for a column of times that
    was not meant as it is read.
    """
    latest = int(time.time()) + DAY
    every: list[EventTimes] = []

    def convert(name: str) -> Convert:
        times = EventTimes(file.time, name, latest)
        every.append(times)

        def rows(raw: pl.DataFrame) -> Converted:
            return _convert(raw, file, times)

        return rows

    found = read_files(folder, file, _columns(file), convert)
    if not sum(found.rows.values()) and not found.notes:
        raise DataError(
            f"{folder / file.names[0]} has a header but not a single event."
        )
    for times in every:
        times.check()
        for sentence, count in times.notes.items():
            found.notes[sentence] = found.notes.get(sentence, 0) + count
    good = found.good.with_columns(
        settled_ids(found.good[what], what, found.notes) for what in ("user", "item")
    )
    if file.time is None:
        position = pl.int_range(1, pl.len() + 1).over("user")
        good = good.with_columns(time=position)
    return replace(found, good=good)


def _columns(file: EventsFile) -> list[str]:
    named = [
        file.user,
        file.item,
        *(file.time.column if file.time else ()),
        file.value,
        file.kinds.column if file.kinds else None,
    ]
    return [column for column in named if column is not None]


def _convert(rows: pl.DataFrame, file: EventsFile, times: EventTimes) -> Converted:
    """Events, null where a column does not say, and why one is not to be used."""
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    value = as_text(rows[file.value], file.missing) if file.value else none
    millis = times.read(rows)
    kind, ignored = _kinds(rows, file)
    columns = {
        "user": as_ids(rows[file.user], file.missing),
        "item": as_ids(rows[file.item], file.missing),
        "time": millis // 1000,
        "kind": kind,
        "value": value.cast(pl.Float64, strict=False).fill_nan(None),
    }
    events = pl.DataFrame([s.cast(EVENTS[c]).alias(c) for c, s in columns.items()])
    if file.time is not None:
        events = events.with_columns((millis % 1000).alias(MILLIS))
    written = value.is_not_null()
    unusable = events.select(_reason(file, times, written)).to_series()
    return Converted(events, unusable, _left_out(events, file, ignored))


def _kinds(rows: pl.DataFrame, file: EventsFile) -> tuple[pl.Series, pl.Series | None]:
    """The kind of each row, and whether the mapping ignores it."""
    if file.kinds is None:
        return pl.Series([file.kind]).new_from_index(0, len(rows)), None
    words = as_text(rows[file.kinds.column], ())
    meant = words.replace_strict(file.kinds.names, default=None, return_dtype=pl.String)
    if not file.kinds.ignore:
        return meant, None
    ignored = words.is_in(list(file.kinds.ignore)).fill_null(False)
    if "*" in file.kinds.ignore:
        ignored |= meant.is_null() & words.is_not_null()
    return meant, ignored


def _left_out(
    events: pl.DataFrame, file: EventsFile, ignored: pl.Series | None
) -> pl.Series | None:
    """What is an event, but no purchase: goods that came back, and none at all."""
    out: list[pl.Expr] = []
    if ignored is not None:
        out.append(pl.when(pl.lit(ignored)).then(pl.lit(IGNORED)))
    if file.value is not None and file.returns == "leave_out" and file.stars is None:
        bought = pl.col("kind") != RATED
        out.append(pl.when(bought & (pl.col("value") < 0)).then(pl.lit(RETURNS)))
        out.append(pl.when(bought & (pl.col("value") == 0)).then(pl.lit(NOTHING)))
    return events.select(pl.coalesce(out).alias("why")).to_series() if out else None


def _reason(file: EventsFile, times: EventTimes, written: pl.Series) -> pl.Expr:
    """The first reason why an event cannot be used; null where it can."""
    user, item, value = (pl.col(c) for c in ("user", "item", "value"))
    low, high = file.stars or (-float("inf"), float("inf"))
    reasons = {
        "user is missing": user.is_null(),
        "item is missing": item.is_null(),
        f"id is longer than {LONGEST_ID:,} characters": too_long(user) | too_long(item),
        **times.reasons(),
        "kind is not in the mapping": pl.col("kind").is_null(),
        "value is not a number": pl.lit(written) & value.is_null(),
        "value is not finite": value.is_infinite(),
        f"value is not between {low:g} and {high:g}": ~value.is_between(low, high),
    }
    cases = [pl.when(bad).then(pl.lit(why)) for why, bad in reasons.items()]
    return pl.coalesce(cases).alias("reason")
