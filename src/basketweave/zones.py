"""Time zones as people write them: Z, +02:00, EST, Europe/Berlin."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from basketweave.errors import UsageError

# The names that RFC 5322 (section 4.3) gives an offset, and those of Europe. Others
# stand for several zones (IST: India, Israel, Ireland), so they are not guessed.
_HOURS = {
    "Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "WET": 0, "WEST": 1, "CET": 1,
    "CEST": 2, "EET": 2, "EEST": 3,
}  # fmt: skip
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The zone that `name` stands for; UsageError where it is not known.

    >>> zone("+05:30"), zone("EST")
    (datetime.timezone(datetime.timedelta(seconds=19800)), datetime.timezone(...))
    """
    written = _OFFSET.fullmatch(name)
    if written:
        hours, minutes = int(written[2]), int(written[3] or 0)
        if hours < 24 and minutes < 60:
            ahead = timedelta(hours=hours, minutes=minutes)
            return timezone(ahead if written[1] == "+" else -ahead)
    if name.upper() in _HOURS:
        hours = _HOURS[name.upper()]
        return timezone(timedelta(hours=hours)) if hours else UTC
    try:
        return ZoneInfo(name) if "/" in name else _unknown(name)
    except (KeyError, ValueError, OSError):
        return _unknown(name)


def offset(name: str | None, clock: datetime) -> int:
    """How many seconds `clock` is ahead of UTC in the zone of that name (None: UTC)."""
    if name is None:
        return 0
    ahead = clock.replace(tzinfo=zone(name)).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0


def _unknown(name: str) -> tzinfo:
    raise UsageError(
        f"{name!r} is not a time zone that is known here. Write an offset (+02:00), Z, "
        "or a full name (Europe/Berlin)."
    )
