"""Times as sources write them, turned into Unix seconds."""

from __future__ import annotations

import polars as pl

_ISO = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f%z",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M%z",
)


def unix_seconds(times: pl.Series, form: str) -> pl.Series:
    """`times` as whole Unix seconds; null where one cannot be read.

    `form` is "unix" (seconds), "unix_ms", "iso" (ISO 8601), or a strptime pattern
    such as "%d.%m.%Y". Without a zone a time counts as UTC. Dates and date-times
    that are typed as such (Parquet) need no form.
    """
    if times.dtype.is_temporal():
        return times.cast(pl.Datetime("us")).dt.epoch("s")
    if form == "unix":
        return whole(times)
    if form == "unix_ms":
        return whole(times) // 1000
    text = times.cast(pl.String)
    return _iso(text) if form == "iso" else _parse(text, form)


def whole(numbers: pl.Series) -> pl.Series:
    """Numbers or texts of numbers as integers, rounded down; null where not one."""
    if numbers.dtype.is_integer():
        return numbers.cast(pl.Int64, strict=False)
    exact = numbers.cast(pl.Int64, strict=False)
    if numbers.dtype == pl.String and exact.null_count() == numbers.null_count():
        return exact
    rounded = numbers.cast(pl.Float64, strict=False).floor()
    return exact.fill_null(rounded.cast(pl.Int64, strict=False))


def _iso(text: pl.Series) -> pl.Series:
    """Any of the ISO 8601 forms that files have, which may change from row to row."""
    plain = text.str.replace(r"^([\d-]{10})[Tt]", "$1 ").str.replace("[Zz]$", "+00:00")
    seconds = _parse(plain, _ISO[0])
    for form in _ISO[1:]:
        if seconds.null_count() == text.null_count():
            break
        seconds = seconds.fill_null(_parse(plain, form))
    return seconds


def _parse(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_datetime(form, strict=False, time_unit="us").dt.epoch("s")
