"""A mapped file of events: user, item, time, kind and value of each row."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.files.from_file import FromFile, read_file
from basketweave.loaders.files.mapping import Events
from basketweave.loaders.files.values import LONGEST_ID, as_ids, as_text, too_long
from basketweave.loaders.tables import EVENTS
from basketweave.loaders.times import unix_seconds

DAY = 86_400
_NO_VALUE = ["nan", "null", "none", "na"]


def read_events(folder: Path, file: Events) -> FromFile:
    """Events of a file; without a time column, `time` is the user's nth row.

    Raises DataError for a file without a single row.
    """
    latest = int(time.time()) + DAY

    def convert(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        events, written = _convert(rows, file)
        reasons = events.select(_reason(file, latest, written)).to_series()
        return events, reasons

    found = read_file(folder, file, _columns(file), convert)
    if not found.rows:
        raise DataError(f"{folder / file.file} has a header but not a single event.")
    if file.time is None:
        position = pl.int_range(1, pl.len() + 1).over("user")
        return replace(found, good=found.good.with_columns(time=position))
    return found


def _columns(file: Events) -> list[str]:
    named = [
        file.user,
        file.item,
        file.time.column if file.time else None,
        file.value,
        file.kinds.column if file.kinds else None,
    ]
    return [column for column in named if column is not None]


def _convert(rows: pl.DataFrame, file: Events) -> tuple[pl.DataFrame, pl.Series]:
    """Events, null where a column does not say; and which values were written."""
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    value = as_text(rows[file.value]) if file.value else none
    at = file.time
    columns = {
        "user": as_ids(rows[file.user]),
        "item": as_ids(rows[file.item]),
        "time": unix_seconds(rows[at.column], at.format) if at else none,
        "kind": _kinds(rows, file),
        "value": value.cast(pl.Float64, strict=False).fill_nan(None),
    }
    written = value.is_not_null() & ~value.str.to_lowercase().is_in(_NO_VALUE)
    return pl.DataFrame(
        [s.cast(EVENTS[c]).alias(c) for c, s in columns.items()]
    ), written


def _kinds(rows: pl.DataFrame, file: Events) -> pl.Series:
    if file.kinds is None:
        return pl.Series([file.kind]).new_from_index(0, len(rows))
    words = as_text(rows[file.kinds.column])
    return words.replace_strict(file.kinds.names, default=None, return_dtype=pl.String)


def _reason(file: Events, latest: int, written: pl.Series) -> pl.Expr:
    """The first reason why an event cannot be used; null where it can."""
    user, item, time, value = (pl.col(c) for c in ("user", "item", "time", "value"))
    low, high = file.stars or (-float("inf"), float("inf"))
    timed = pl.lit(file.time is not None)
    reasons = {
        "user is missing": user.is_null(),
        "item is missing": item.is_null(),
        f"id is longer than {LONGEST_ID:,} characters": too_long(user) | too_long(item),
        "time is missing or cannot be read": timed & time.is_null(),
        "time is before 1970": timed & (time < 0),
        "time is in the future (is it in milliseconds?)": timed & (time > latest),
        "kind is not in the mapping": pl.col("kind").is_null(),
        "value is not a number": pl.lit(written) & value.is_null(),
        "value is not finite": value.is_infinite(),
        f"value is not between {low:g} and {high:g}": ~value.is_between(low, high),
    }
    cases = [pl.when(bad).then(pl.lit(why)) for why, bad in reasons.items()]
    return pl.coalesce(cases).alias("reason")
