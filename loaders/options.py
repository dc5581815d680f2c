"""What may be asked of any source: a time window, fewer stars, a k-core."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import polars as pl
from pydantic import BeforeValidator, Field

from basketweave.loaders.settings import Settings
from basketweave.loaders.times import unix_seconds


def _seconds(moment: object) -> object:
    if isinstance(moment, str) and not moment.lstrip("-").isdigit():
        parsed = unix_seconds(pl.Series([moment]), "iso").item()
        if parsed is None:
            raise ValueError("write it as 2017-12-31 or 2017-12-31T23:59:59")
        return parsed
    if isinstance(moment, date):
        at = (
            moment
            if isinstance(moment, datetime)
            else datetime(*moment.timetuple()[:3])
        )
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return moment


Moment = Annotated[int, BeforeValidator(_seconds)]
"""Unix seconds (or a position, in a source that has only an order); also a date,
a datetime or their ISO form, in UTC where no zone is named."""


class Options(Settings):
    """Options of every source; they apply in the order in which they stand here.

    since, until   keep events from `since` to `until`, both included
    min_stars      drop RATED events with fewer stars
    deduplicate    keep one of events alike in user, item, kind and time
    session_gap    minutes without an event that end a session; sessions then stand
                   in place of users (None: users stay)
    k_core         drop users and items with fewer than k events, until none has
                   (0: keep all); the other options leave users and items alone
    links          read catalogue links (also bought, also viewed) where a source has
                   them: they were crawled after the events, so nothing trains on them
    max_bad        share of a file's rows that may be unusable (.05 is 5 %)
    """

    since: Moment | None = None
    until: Moment | None = None
    min_stars: float | None = None
    deduplicate: bool = False
    session_gap: float | None = Field(default=None, gt=0)
    k_core: int = Field(default=0, ge=0)
    links: bool = False
    max_bad: float = Field(default=0.05, ge=0, le=1)
