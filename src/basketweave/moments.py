"""Moments as people write them: the bounds of every time window, read in one place.

`load --since/--until`, `derive/train/recommend --as-of`, `load_tables(since=, until=)`,
`as_of=` and the `time` of a recorded event all mean the same by the same words.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from numbers import Integral, Real

import numpy as np

from basketweave.errors import UsageError
from basketweave.shown import shown
from basketweave.zones import offset

DAY = 86_400
"""Seconds."""

Moment = int | float | str | date | np.datetime64 | None
"""Unix seconds, a date, a time, or either as text; None where nothing bounds."""

LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59, the last that a datetime holds

# Eight digits are a date from 1900 to 2099: as a Unix second each is of August 1970.
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)|((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)
_LIKE_A_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d|\d{8})[T ](?P<time>\d\d:\d\d(:\d\d([.,]\d+)?)?)"
    r" ?(?P<zone>\S.*)?",
    re.ASCII | re.IGNORECASE,
)
_WAYS = "a date such as 2017-11-30, a time such as 2017-11-30T18:00, or a Unix second"


def since(moment: Moment) -> int | None:
    """The first Unix second that `moment` lets in: a date begins at 00:00:00.

    Text is a date (2024-03-02, or 20240302), a time after a T or a space, with or
    without a zone (Z, +02:00, CET, Europe/Berlin; UTC unless said), or a Unix second.
    A whole second counts: fractions are cut. Raises UsageError for anything else, for
    what may be milliseconds, and for an integer such as 20240302, which is a second
    of 1970 and looks like a date.

    >>> since("1970-01-02"), since("1970-01-02 00:00:30"), since("12")
    (86400, 86430, 12)
    """
    return _second(moment, whole_day=0)


def until(moment: Moment) -> int | None:
    """The last Unix second that `moment` lets in: a date ends at 23:59:59.

    What may be written, and what is refused, is as in `since`.

    >>> until("1970-01-02"), until("1970-01-02 00:00:30"), until("12")
    (172799, 86430, 12)
    """
    return _second(moment, whole_day=86_399)


def instant(moment: float | str | date | np.datetime64) -> tuple[int, int]:
    """The second of one moment, as `since` reads it, and the milliseconds within it.

    >>> instant("1970-01-02"), instant("1970-01-01 00:00:30.25"), instant(12.5)
    ((86400, 0), (30, 250), (12, 500))
    """
    second = since(moment)
    if second is None:
        raise UsageError(f"None is no time. Use {_WAYS}.")
    return second, _millis(moment)


def _millis(moment: object) -> int:
    if isinstance(moment, str):
        found = _TIME.fullmatch(moment.strip())
        fraction = re.split("[.,]", found["time"])[1:] if found else []
        return int(f"{fraction[0]:0<3}"[:3]) if fraction else 0
    if isinstance(moment, np.datetime64):
        return int(moment.astype("datetime64[ms]").astype(np.int64)) % 1000
    if isinstance(moment, datetime):
        return moment.microsecond // 1000
    if isinstance(moment, Real) and not isinstance(moment, Integral):
        # A second of today has six decimals as a float: .29 is .2899999 there.
        return min(math.floor(round(float(moment) % 1 * 1000, 3)), 999)
    return 0


def _second(moment: Moment, whole_day: int) -> int | None:
    if moment is None:
        return None
    if isinstance(moment, str):
        return _written(moment.strip(), whole_day)
    if isinstance(moment, np.datetime64) and not np.isnat(moment):
        days = np.datetime_data(moment)[0] == "D"
        moment = moment.astype(f"datetime64[{'D' if days else 's'}]").item()
    if isinstance(moment, datetime) and str(moment) != "NaT":  # of pandas
        return _unix(moment)
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return _unix(datetime(*moment.timetuple()[:3])) + whole_day
    if isinstance(moment, bool | np.bool_ | np.timedelta64) or not isinstance(
        moment, Real
    ):
        raise UsageError(f"{shown(moment)} is not a time. Use {_WAYS}.")
    return _number(moment)


def _number(moment: Real) -> int:
    try:
        unusable = not isinstance(moment, Integral) and math.isnan(moment)
        float(moment)
    except OverflowError:  # a fraction or a number beyond all floats
        unusable = True
    if unusable:
        raise UsageError(f"{shown(moment)} is not a time. Use {_WAYS}.")
    if isinstance(moment, Integral):
        second = _checked(int(moment), moment)
    else:
        near = abs(float(moment)) <= LAST_SECOND
        second = _checked(
            math.floor(float(moment)) if near else LAST_SECOND + 1, moment
        )
    if _LIKE_A_DATE.fullmatch(str(second)):
        raise UsageError(
            f"{second} is a Unix second of 1970, and looks like a date. Write the date "
            f"as text, '{str(second)[:4]}-{str(second)[4:6]}-{str(second)[6:]}', or "
            "the second as a datetime."
        )
    return second


def _written(text: str, whole_day: int) -> int:
    if _DATE.fullmatch(text):
        return _unix(_day(text)) + whole_day
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return _checked(int(text) if len(text) < 20 else LAST_SECOND + 1, text)
    found = _TIME.fullmatch(text)
    if found is None:
        raise UsageError(f"{shown(text)} is not a time. Use {_WAYS}.")
    clock = _day(found["date"], found["time"].partition(".")[0].partition(",")[0])
    return _unix(clock) - offset(found["zone"], clock)


def _day(text: str, clock: str = "00:00") -> datetime:
    found = _DATE.fullmatch(text)
    parts = [part for part in found.groups() if part] if found else [text]
    try:
        return datetime.fromisoformat(f"{'-'.join(parts)}T{clock}")
    except ValueError as error:
        raise UsageError(
            f"{shown(text)} is not a time: {error}. Use {_WAYS}."
        ) from None


def _unix(moment: datetime) -> int:
    """Whole seconds, rounded down; a moment without a zone is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)


def _checked(second: int, given: object) -> int:
    if abs(second) > LAST_SECOND:
        raise UsageError(
            f"{shown(given)} is beyond the year 9999. Is it in milliseconds? Use {_WAYS}."
        )
    return second
