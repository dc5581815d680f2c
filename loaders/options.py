"""What may be asked of any source: a time window, fewer stars, a k-core."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from basketweave.moments import since, until
from basketweave.settings import Settings, checked

Since = Annotated[int | None, checked(since)]
Until = Annotated[int | None, checked(until)]


class Options(Settings):
    """Options of every source; they apply in the order in which they stand here."""

    since: Since = None
    """Keep events from then on: a date (all of that day), a time, or Unix seconds (or a
    position, in a source that has only an order), as `basketweave.moments` reads
    them."""
    until: Until = None
    """Keep events up to then, all of a day where a date is given."""
    min_stars: float | None = None
    """Drop RATED events with fewer stars."""
    deduplicate: bool = False
    """Keep one of events alike in user, item, kind and time."""
    session_gap: float | None = Field(default=None, gt=0)
    """Minutes without an event that end a session; sessions then stand in place of
    users (None: users stay)."""
    k_core: int = Field(default=0, ge=0)
    """Drop users and items with fewer than k events, until none has (0: keep all); the
    other options leave users and items alone."""
    links: bool = False
    """Read catalogue links (also bought, also viewed) where a source has them: they
    were crawled after the events, so nothing trains on them."""
    max_bad: float = Field(default=0.05, ge=0, le=1)
    """Share of a file's rows that may be unusable (.05 is 5 %)."""

    @property
    def leave_out(self) -> bool:
        """Whether any of them leaves events out, or changes whose they are."""
        others = {"links", "max_bad"}
        return self.model_dump(exclude=others) != Options().model_dump(exclude=others)
