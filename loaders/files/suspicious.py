"""Times that were not meant as they are read: found, refused, and what to write.

A number can be read as any unit: 20060814 is a second of August 1970, and the 14th of
August 2006. Where most times of a file are of 1970 or still to come, it was another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.files.mapping import Time
from basketweave.loaders.times import UNITS, unix_millis

_YEAR = 31_536_000_000  # milliseconds
# Of milliseconds, 200608141631 (minutes without signs between) is in 1976.
_EARLY = {"unix_ms": 7 * _YEAR}
_SAMPLE = 1_000
_ENOUGH = 0.9


class SuspiciousTimes(DataError):
    """Most times of a file are not where times can be; `likely` may say what they are."""

    def __init__(self, message: str, likely: str | None) -> None:
        super().__init__(message)
        self.likely = likely


@dataclass
class Seen:
    """How many times of one file are odd, and some of them as they were written."""

    how: Time
    file: str
    latest: int
    there: int = 0
    odd: int = 0
    sample: list[pl.Series] = field(default_factory=list)

    def look(self, raw: pl.Series, millis: pl.Series) -> None:
        """Count a batch: as written, and as read in milliseconds."""
        form = self.how.form
        if form == "position":
            return
        numbers = form in UNITS or form in ("excel", "week") or raw.dtype.is_temporal()
        said = self.how.format is not None and raw.dtype.is_temporal() and form == "iso"
        early = _EARLY.get(form, _YEAR) if numbers and not said else None
        there = _present(raw) if millis.null_count() else millis.is_not_null()
        odd = (millis > self.latest * 1000).fill_null(True) & there
        if early is not None:
            odd |= millis.is_between(0, early).fill_null(False)
        self.there += int(there.sum())
        self.odd += int(odd.sum())
        if odd.any() and sum(map(len, self.sample)) < _SAMPLE:
            self.sample.append(
                raw.filter(odd).head(_SAMPLE).cast(pl.String, strict=False)
            )

    def check(self) -> None:
        """Raise SuspiciousTimes where most are odd, and not just unreadable."""
        if not self.there or self.odd * 2 <= self.there:
            return
        sample = pl.concat(self.sample)
        likely = likely_format(sample, self.latest, self.how.form)
        shown = sample[0]
        unread = sample.cast(pl.Float64, strict=False).null_count() == len(sample)
        if likely is None and (unread or self.how.form not in UNITS):
            return  # unreadable texts: the quarantine says so, row by row
        columns = ", ".join(self.how.column)
        said = f"time: {{column: {columns}, format: {likely or 'position'}}}"
        raise SuspiciousTimes(
            f"Most times in the column '{columns}' of {self.file} cannot be meant as "
            f"{self.how.form}: {shown} would be {_read_as(shown, self.how.form)}. "
            f"{_advice(likely, said)}",
            likely,
        )


def likely_format(sample: pl.Series, latest: int, form: str) -> str | None:
    """The format in which nearly all of these would be times; None where there is none."""
    number = sample.cast(pl.Float64, strict=False)
    kinds: list[tuple[str, Callable[[], pl.Series]]] = [
        ('"%Y%m%d"', lambda: sample.str.contains(_DATE + r"(\.0)?$")),
        ('"%Y%m%d%H"', lambda: sample.str.contains(_DATE + _HOUR + "$")),
        ('"%Y%m%d%H%M"', lambda: sample.str.contains(_DATE + _HOUR + "[0-5][0-9]$")),
        ('"%Y%m%d%H%M%S"', lambda: sample.str.contains(_DATE + _HOUR + "([0-5][0-9]){2}$")),
        ("iso", lambda: unix_millis(sample, "iso").is_not_null()),
        ("unix", lambda: number.is_between(_YEAR / 1e3, latest)),
        ("unix_ms", lambda: number.is_between(_YEAR, latest * 1e3)),
        ("unix_us", lambda: number.is_between(_YEAR * 1e3, latest * 1e6)),
        ("unix_ns", lambda: number.is_between(_YEAR * 1e6, latest * 1e9)),
        ("excel", lambda: number.is_between(25_934, latest / 86_400 + 25_569)),
        ("unix_days", lambda: number.is_between(3_650, latest / 86_400)),
        ('"%Y%m"', lambda: sample.str.contains(r"^(19|20)\d\d(0[1-9]|1[0-2])$")),
        ("week", lambda: sample.str.contains(r"^(19|20)\d\d-?W?(0[1-9]|[1-4]\d|5[0-3])$")),
        ('"%Y"', lambda: sample.str.contains(r"^(19[7-9]\d|20\d\d)$")),
        ('"%d.%m.%Y"', lambda: sample.str.contains(r"^\d\d?\.\d\d?\.\d{4}$")),
        ('"%m/%d/%Y"', lambda: sample.str.contains(r"^\d\d?/\d\d?/\d{4}$")),
    ]  # fmt: skip
    for name, fits in kinds:
        if name != form and fits().sum() >= max(1, _ENOUGH * len(sample)):
            return name
    return None


_DATE = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_HOUR = r"([01]\d|2[0-3])"


def _present(raw: pl.Series) -> pl.Series:
    if raw.dtype != pl.String:
        return raw.is_not_null()
    return raw.is_not_null() & (raw.str.strip_chars() != "")


def _advice(likely: str | None, said: str) -> str:
    if likely is None:
        return f"Where the numbers are only an order, write {said}."
    more = {
        '"%Y%m"': "They look like months (week, if they are weeks of a year). ",
        '"%m/%d/%Y"': "They look like dates (%d/%m/%Y, if the day comes first). ",
    }.get(likely, f"They look like {_LOOKS.get(likely, 'dates')}. ")
    return (
        f"{more}Write in the mapping {said}; or format: position, where the numbers are "
        "only an order."
    )


_LOOKS = {
    "unix": "seconds", "unix_ms": "milliseconds", "unix_us": "microseconds",
    "unix_ns": "nanoseconds", "excel": "days as spreadsheets count them",
    "unix_days": "days since 1970", "week": "weeks of a year", '"%Y"': "years",
    '"%Y%m%d"': "dates without signs between",
}  # fmt: skip


def _read_as(shown: str, form: str) -> str:
    if form not in UNITS:
        return "a date still to come, or none"
    try:
        return (
            f"{datetime.fromtimestamp(float(shown) * UNITS[form] / 1000, UTC):%Y-%m-%d}"
        )
    except (ValueError, OverflowError, OSError):
        return "no time at all"
