"""Clock times and the zones they were read in, as moments in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import polars as pl

from basketweave.errors import UsageError
from basketweave.zones import zone as known_zone

_ZONED = r"^(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(\S.*)$"
_NAMED = r"([A-Za-z][A-Za-z_]*(?:/[A-Za-z0-9_+-]+)*|[+-]\d\d:?\d\d)"


def in_utc(clock: pl.Series, zone: str | None) -> pl.Series:
    """Milliseconds since 1970 of clock times in a zone (None: UTC).

    Where a clock is set back an hour comes twice: the first of the two is taken. Where
    it is set forward an hour is missing: times in it are null.
    """
    return _moments(clock, known_zone(zone) if zone else None)


def twice(millis: pl.Series, zone: str) -> int:
    """How many of these moments lie in an hour that the zone's clock showed twice."""
    where = known_zone(zone)
    if not isinstance(where, ZoneInfo):
        return 0
    clock = millis.cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(where.key)
    later = clock.dt.replace_time_zone(None).dt.replace_time_zone(
        where.key, ambiguous="latest"
    )
    return int((later != clock).sum())


def zoned(text: pl.Series, clock: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Milliseconds of times with a zone's name or offset behind them."""
    return _by_zone(clock(text.str.extract(_ZONED, 1)), text.str.extract(_ZONED, 2))


def with_named_zone(
    text: pl.Series, form: str, strptime: Callable[[pl.Series, str], pl.Series]
) -> pl.Series:
    """Milliseconds of times whose pattern has %Z, the name of a zone, in any place.

    strptime itself reads a name and drops it.
    """
    before, _, after = form.partition("%Z")
    pattern = f"^({_matching(before)}){_NAMED}({_matching(after)})$"
    clock = text.str.replace(pattern, "${1}${3}")
    return _by_zone(strptime(clock, before + after), text.str.extract(pattern, 2))


def _matching(form: str) -> str:
    """A regular expression of what a strptime pattern reads, roughly."""
    parts = re.split(r"(%[-_0]?\.?\d?[A-Za-z:]+?)", form)
    return "".join(
        r".+?" if part.startswith("%") else re.escape(part) for part in parts
    )


def _by_zone(clock: pl.Series, zones: pl.Series) -> pl.Series:
    millis = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(clock))
    for name in zones.drop_nulls().unique():
        try:
            where = known_zone(name)
        except UsageError:
            continue
        here = (zones == name).fill_null(False).arg_true()
        millis = millis.scatter(here, _moments(clock[here], where))
    return millis


def _moments(clock: pl.Series, zone: tzinfo | None) -> pl.Series:
    if isinstance(zone, ZoneInfo):
        local = clock.dt.replace_time_zone(
            zone.key, ambiguous="earliest", non_existent="null"
        )
        return local.dt.epoch("ms")
    ahead = zone.utcoffset(None) if isinstance(zone, timezone) else timedelta(0)
    return clock.dt.epoch("ms") - int(ahead / timedelta(milliseconds=1))
