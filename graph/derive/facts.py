"""What counting a shard has to know of all shards: facts that are added, then a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from basketweave.errors import DataError
from basketweave.graph.derive.baskets import baskets, in_baskets_of
from basketweave.graph.derive.co_purchased import by_users
from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.derive.followed_by import gaps_within, pairs_by_gap
from basketweave.graph.derive.followed_by_baskets import buyers
from basketweave.graph.derive.newest import cut_users, newest
from basketweave.graph.subgraph import BoolArray, Events, IntArray

NEVER = -(2**62)


@dataclass(frozen=True)
class Facts:
    """What is known of the events of whole users; of two shards it is their sum.

    events, baskets          how many, of the kinds that count most
    users                    how many, of all that make pairs
    cut                      users with more events than `DeriveConfig.newest_events`
    last, last_strongest     the time of the last event, and of those that count most
    buyers (I,)              users who bought each item
    gaps (max_gap,)          pairs of purchases at each gap, as `pairs_by_gap` counts
    """

    events: int
    baskets: int
    users: int
    cut: int
    last: int
    last_strongest: int
    buyers: IntArray
    gaps: IntArray

    @classmethod
    def of(
        cls, events: Events, n_items: int, config: DeriveConfig, most: float = 1.0
    ) -> Facts:
        """The facts of these events; the kinds that count most count `most`."""
        some = newest(events, config.newest_events)
        strong, held = that_count(some, most), baskets(some, n_items)
        return cls(
            len(strong),
            len(baskets(strong, n_items).user),
            int((np.diff(held.user, prepend=-1) != 0).sum()),
            cut_users(events, config.newest_events),
            int(events.time.max(initial=NEVER)),
            int(that_count(events, most).time.max(initial=NEVER)),
            buyers(strong, n_items),
            pairs_by_gap(held, config.followed_by),
        )

    def of_some(self) -> Facts:
        """The same; raises `DataError` where they are of no event at all."""
        if self.last == NEVER:
            raise DataError("There are no events. Write some first: basketweave load …")
        return self

    def __add__(self, other: Facts) -> Facts:
        return Facts(
            self.events + other.events,
            self.baskets + other.baskets,
            self.users + other.users,
            self.cut + other.cut,
            max(self.last, other.last),
            max(self.last_strongest, other.last_strongest),
            self.buyers + other.buyers,
            self.gaps + other.gaps,
        )

    def changed(self, old: Facts, new: Facts) -> Facts:
        """The facts where some users whose facts were `old` now have those of `new`."""
        more = new.buyers.copy()
        more[: len(old.buyers)] -= old.buyers
        more[: len(self.buyers)] += self.buyers
        return Facts(
            self.events - old.events + new.events,
            self.baskets - old.baskets + new.baskets,
            self.users - old.users + new.users,
            self.cut - old.cut + new.cut,
            max(self.last, new.last),
            max(self.last_strongest, new.last_strongest),
            more,
            self.gaps - old.gaps + new.gaps,
        )


@dataclass(frozen=True)
class Plan:
    """How each shard is counted, so that the sum is what one count would give.

    last, last_strongest   the seconds from which ages count
    most, least   what an event counts of the kinds that count most, and least
    together    whether events come in baskets
    by_user     whether CO_PURCHASED takes all that a user bought as one basket
    groups      how many baskets, or users, there are in all
    gaps        the gaps of baskets that FOLLOWED_BY looks at
    usual (I,)  the items that enough users bought for FOLLOWED_BY in baskets
    exact       whether pairs are added in float64, so that what some users gave can be
                taken off again
    """

    config: DeriveConfig
    last: int
    last_strongest: int
    most: float
    least: float
    together: bool
    by_user: bool
    groups: int
    gaps: int
    usual: BoolArray
    exact: bool = False

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return len(self.usual)


def planned(
    facts: Facts,
    config: DeriveConfig,
    most: float = 1.0,
    least: float = 1.0,
    *,
    exact: bool = False,
) -> Plan:
    """The plan that follows from the facts of all shards together."""
    together = in_baskets_of(facts.events, facts.baskets)
    by_user = by_users(config.co_purchased, together)
    return Plan(
        config,
        facts.last,
        facts.last_strongest,
        most,
        min(least if by_user else most, 1.0),
        together,
        by_user,
        facts.users if by_user else facts.baskets,
        gaps_within(facts.gaps, config.followed_by.max_pairs),
        facts.buyers >= config.followed_by_baskets.min_users,
        exact,
    )


def that_count(events: Events, most: float) -> Events:
    """The events that count `most`: in a shard there may be none of them."""
    if events.weight is None:
        return events
    return events.where(events.weight == np.float32(most))
