"""The times of one file's events, read as the mapping says, and looked at."""

from __future__ import annotations

import polars as pl

from basketweave.loaders.files.mapping import Time
from basketweave.loaders.files.suspicious import Seen
from basketweave.loaders.files.values import as_text
from basketweave.loaders.times import unix_millis
from basketweave.loaders.zoned import twice

TWICE = "times that a clock set back shows twice, the first of the two taken"


class EventTimes:
    """Reads the times of a file's batches, and remembers what is odd about them."""

    def __init__(self, how: Time | None, file: str, latest: int) -> None:
        self.notes: dict[str, int] = {}
        self._how, self._latest = how, latest
        self._seen = Seen(how, file, latest) if how else None

    def read(self, rows: pl.DataFrame) -> pl.Series:
        """Milliseconds since 1970 for each row; null without a column of times."""
        how = self._how
        if how is None or self._seen is None:
            return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(rows))
        raw = rows[how.column[0]]
        if len(how.column) == 2:
            raw = _joined(raw, rows[how.column[1]], how.form)
        millis = unix_millis(raw, how.form, how.timezone)
        self._seen.look(raw, millis)
        if how.timezone and len(millis):
            again = twice(millis, how.timezone)
            if again:
                self.notes[TWICE] = self.notes.get(TWICE, 0) + again
        return millis

    def reasons(self) -> dict[str, pl.Expr]:
        """Reason -> the rows whose time cannot be used for it."""
        if self._how is None:
            return {}
        time = pl.col("time")
        if self._how.form == "position":
            return {
                "time is missing or cannot be read": time.is_null(),
                "position is below 0": time < 0,
            }
        zero = (time == 0) & pl.lit(self._how.form.startswith("unix"))
        return {
            "time is missing or cannot be read": time.is_null(),
            "time is before 1970": time < 0,
            "time is 0, which stands for none": zero,
            "time is in the future (is it in milliseconds?)": time > self._latest,
        }

    def check(self) -> None:
        """Raise DataError where most times were not meant as they are read."""
        if self._seen is not None:
            self._seen.check()


def _joined(dates: pl.Series, clocks: pl.Series, form: str) -> pl.Series:
    """A column of dates and one of times of the day, with a space between."""
    if isinstance(dates.dtype, pl.Datetime):
        dates = dates.dt.date()
    date, clock = as_text(dates), as_text(clocks)
    digits = clock.str.contains(r"^\d+$").all() and len(clock) > 0
    if digits and "%H%M" in form:  # 931 is 09:31: a number has no leading zero
        clock = clock.str.zfill(6 if "%H%M%S" in form else 4)
    if digits and form == "iso":
        clock = clock.str.zfill(4).str.replace(r"^(\d\d)(\d\d)$", "$1:$2")
    return (date + " " + clock).alias(dates.name)
