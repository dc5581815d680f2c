"""Times as sources write them, turned into milliseconds since 1970."""

from __future__ import annotations

import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.zoned import in_utc, with_named_zone, zoned

SECOND, DAY = 1_000, 86_400_000
UNITS: dict[str, float] = {
    "unix": SECOND,
    "unix_ms": 1,
    "unix_us": 1e-3,
    "unix_ns": 1e-6,
    "unix_days": DAY,
    "position": SECOND,
}
"""Formats that are numbers since 1970, and their unit in milliseconds."""

FORMS = (*UNITS, "excel", "week", "iso")
_EXCEL = 25_569  # 1970-01-01 as Excel counts days (from 1900, with its 29 February)
_FURTHEST = 10**15  # milliseconds: beyond any time, and far from 64 bits
_ISO = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d %H:%M%z",
    "%Y%m%d %H%M%S",
    "%Y%m%d",
)


def unix_millis(times: pl.Series, form: str, zone: str | None = None) -> pl.Series:
    """`times` as milliseconds since 1970; null where one cannot be read.

    `form` is one of `FORMS`, or a strptime pattern such as "%d.%m.%Y" (with %Z for the
    name of a zone). A time that names no zone is in `zone` (None: UTC). Dates and
    date-times that are typed as such (Parquet) need no form. Raises DataError for
    columns that are typed as something else than a time.
    """
    if times.dtype.is_temporal():
        return _typed(times, zone)
    if times.dtype.is_nested() or times.dtype in (pl.Binary, pl.Boolean):
        raise DataError(
            f"The column '{times.name}' holds {times.dtype}, which is no time. Name "
            "another column."
        )
    if isinstance(times.dtype, pl.Categorical | pl.Enum):
        times = times.cast(pl.String)
    if form in UNITS:
        return _numbers(times, UNITS[form])
    if form == "excel":
        return _numbers(times, DAY, _EXCEL)
    text = times.cast(pl.String).str.strip_chars()
    if form == "week":
        return _weeks(text)
    return _iso(text, zone) if form == "iso" else _pattern(text, form, zone)


def whole(numbers: pl.Series) -> pl.Series:
    """Numbers or texts of numbers as integers, rounded down; null where not one."""
    if numbers.dtype.is_integer():
        return numbers.cast(pl.Int64, strict=False)
    exact = numbers.cast(pl.Int64, strict=False)
    if numbers.dtype == pl.String and exact.null_count() == numbers.null_count():
        return exact
    rounded = numbers.cast(pl.Float64, strict=False).floor()
    return exact.fill_null(rounded.cast(pl.Int64, strict=False))


def _typed(times: pl.Series, zone: str | None) -> pl.Series:
    if times.dtype in (pl.Time, pl.Duration):
        raise DataError(
            f"The column '{times.name}' holds {times.dtype}, which is no day. Where "
            "dates and times stand in two columns, name both: column: [date, time]."
        )
    aware = isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is not None
    if times.dtype == pl.Datetime("ns"):
        times = times.dt.cast_time_unit("us")
    clock = times if aware else times.cast(pl.Datetime("us"), strict=False)
    return clock.dt.epoch("ms") if aware else in_utc(clock, zone)


def _numbers(times: pl.Series, unit: float, zero: int = 0) -> pl.Series:
    """Counts of a unit since 1970, or since the day that has the number `zero`."""
    integers = times.cast(pl.Int64, strict=False)
    exact = times.dtype == pl.String or times.dtype.is_integer()
    if exact and integers.null_count() == times.null_count():
        return _scaled(integers - zero, unit)
    # A double of this size is good for a ten-thousandth of a millisecond: 1.1 s is to
    # be 1,100 ms, and not 1,099.
    near = (times.cast(pl.Float64, strict=False) - zero) * unit + 0.01
    near = near.set(~near.is_finite().fill_null(True), None)
    floats = near.clip(-_FURTHEST, _FURTHEST).floor().cast(pl.Int64, strict=False)
    if times.dtype.is_float() or times.dtype.is_decimal():
        return floats
    return _scaled(integers - zero, unit).fill_null(floats)


def _scaled(numbers: pl.Series, unit: float) -> pl.Series:
    if unit < 1:
        return (numbers // round(1 / unit)).clip(-_FURTHEST, _FURTHEST)
    largest = _FURTHEST // int(unit)
    return numbers.clip(-largest, largest) * int(unit)


def _weeks(text: pl.Series) -> pl.Series:
    """ISO weeks (200607, 2006-W07, 2006-W07-3) as their Monday, or the day named."""
    parts = r"^(\d{4})-?W?(\d\d)(?:-?([1-7]))?$"
    year, week, day = (text.str.extract(parts, n) for n in (1, 2, 3))
    monday = pl.select(
        pl.format("{} {} {}", year, week, day.fill_null("1"))
    ).to_series()
    return monday.str.to_datetime("%G %V %u", strict=False, time_unit="ms").dt.epoch(
        "ms"
    )


def _iso(text: pl.Series, zone: str | None) -> pl.Series:
    """Any of the ISO 8601 forms that files have, which may change from row to row."""
    plain = text.str.replace(r"^([\d-]{8,10})[Tt]", "$1 ")
    plain = plain.str.replace(r" ?[Zz]$", "+00:00")
    read = _parse(plain, _ISO[0], zone)
    for form in _ISO[1:]:
        read = _rest(read, plain, lambda rest, form=form: _parse(rest, form, zone))
    comma = r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d+)"
    read = _rest(
        read, plain, lambda r: _parse(r.str.replace(comma, "$1.$2"), _ISO[0], zone)
    )
    return _rest(read, plain, lambda rest: zoned(rest, _clock))


def _clock(text: pl.Series) -> pl.Series:
    """Times without a zone, as their clock showed."""
    read = _strptime(text, _ISO[0])
    return read.fill_null(_strptime(text, _ISO[2]))


def _rest(read: pl.Series, text: pl.Series, parse: object) -> pl.Series:
    """`read`, and what `parse` makes of the texts that are not read yet."""
    left = (read.is_null() & text.is_not_null()).arg_true()
    if not len(left) or not callable(parse):
        return read
    return read.scatter(left, parse(text[left]))


def _pattern(text: pl.Series, form: str, zone: str | None) -> pl.Series:
    if "%H" in form and "%M" not in form:
        text, form = text + " 00", form + " %M"
    if "%Z" in form:
        return with_named_zone(text, form, _strptime)
    return _parse(text, form, zone)


def _parse(text: pl.Series, form: str, zone: str | None) -> pl.Series:
    clock = _strptime(text, form)
    named = "%z" in form or "%+" in form or "%s" in form or "%:z" in form
    return clock.dt.epoch("ms") if named else in_utc(clock, zone)


def _strptime(text: pl.Series, form: str) -> pl.Series:
    read = text.str.to_datetime(form, strict=False, time_unit="us", exact=True)
    aware = isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None
    return (
        read.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if aware else read
    )
