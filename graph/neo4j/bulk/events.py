"""Events of whole users as relationships between rows of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from basketweave.graph.neo4j.loading.events import lists_of_pairs
from basketweave.graph.places import Places
from basketweave.graph.planned.arrival import with_arrival
from basketweave.graph.planned.distinct import first_of_each
from basketweave.graph.planned.load import EventCounts
from basketweave.graph.schema import ITEM, USER, check_kind

_EVENT = ["u", "i", "time", "millis"]


@dataclass(frozen=True)
class EventSpan:
    """How many events became relationships or were repeated, from when to when."""

    added: int = 0
    repeated: int = 0
    first_at: int | None = None
    last_at: int | None = None

    def __add__(self, other: EventSpan) -> EventSpan:
        firsts = [t for t in (self.first_at, other.first_at) if t is not None]
        lasts = [t for t in (self.last_at, other.last_at) if t is not None]
        return EventSpan(
            self.added + other.added,
            self.repeated + other.repeated,
            min(firsts, default=None),
            max(lasts, default=None),
        )

    @property
    def counts(self) -> EventCounts:
        """As a load counts them."""
        return EventCounts(self.added, 0, self.repeated)


def span_of(events: pl.DataFrame, lists: Mapping[str, pl.DataFrame]) -> EventSpan:
    """That of events, and of the relationships that they became."""
    added = sum(int(of_kind["count"].sum()) for of_kind in lists.values())
    first, last = events.select(a=pl.col("time").min(), b=pl.col("time").max()).row(0)
    return EventSpan(added, len(events) - added, first, last)


def relationships(
    events: pl.DataFrame, places: Mapping[str, Places]
) -> dict[str, pl.DataFrame]:
    """By kind one row a pair of a user and an item: their rows, and lists by time.

    events   all of some users, in the order in which they came
    places   the rows of users and items, by label
    """
    users = places[USER].at(events["user"])  # quicker to compare than texts
    rows = events.with_columns(user=users)
    numbered = with_arrival(rows).select(
        "kind", "time", "value", "millis", "arrival",
        u="user",
        i=places[ITEM].at(events["item"]),
    )  # fmt: skip
    return dict(_by_kind(numbered))


def _by_kind(numbered: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (kind,), some in numbered.group_by("kind", maintain_order=True):
        lists = lists_of_pairs(first_of_each(some, _EVENT))
        times = pl.col("times")
        yield check_kind(str(kind)), lists.select(
            src="u", dst="i",
            count=times.list.len().cast(pl.Int64),
            firstAt=times.list.first(), lastAt=times.list.last(),
            times="times", values="values", millis="millis", arrivals="arrivals",
        )  # fmt: skip
