"""Dates and times for which Python has no value: polars ends in a panic over them."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

import polars as pl
from polars.datatypes import DataTypeClass

from basketweave.moments import DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = (
    (datetime(year, month, day, tzinfo=UTC) - EPOCH).days
    for year, month, day in ((MINYEAR, 1, 1), (MAXYEAR, 12, 31))
)
A_SECOND = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def python_has(column: pl.Series) -> bool:
    """Whether each value is one of Python; nested ones with times count as none."""
    dtype = column.dtype
    if not dtype.is_temporal():
        return numbered(dtype) == dtype
    least, most = (min(max(n, -(2**63)), 2**63 - 1) for n in _bounds(dtype))
    return bool(column.to_physical().is_between(least, most).all())


def numbered(dtype: DataTypeClass | pl.DataType) -> DataTypeClass | pl.DataType:
    """The type with numbers in place of dates and times."""
    if isinstance(dtype, pl.List):
        return pl.List(numbered(dtype.inner))
    if isinstance(dtype, pl.Array):
        return pl.Array(numbered(dtype.inner), dtype.size)
    if isinstance(dtype, pl.Struct):
        return pl.Struct({one.name: numbered(one.dtype) for one in dtype.fields})
    return pl.Int64() if dtype.is_temporal() else dtype


def _bounds(dtype: pl.DataType) -> tuple[int, int]:
    """The least and the largest number that Python has a value for."""
    if isinstance(dtype, pl.Datetime):
        each = A_SECOND[dtype.time_unit]
        return FIRST * DAY * each, (LAST + 1) * DAY * each - 1
    if isinstance(dtype, pl.Duration):
        days = timedelta.max.days * DAY * A_SECOND[dtype.time_unit]
        return -days, days
    if isinstance(dtype, pl.Time):
        return 0, DAY * A_SECOND["ns"] - 1
    return FIRST, LAST
