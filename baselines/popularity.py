"""Popularity: the same ranking for everybody, by how many bought an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from pydantic import Field

from basketweave.baselines.base import Baseline, Config
from basketweave.graph.subgraph import Events, FloatArray, IntArray, Subgraph
from basketweave.moments import DAY


class PopularityConfig(Config):
    """How popularity is counted."""

    count: Literal["users", "events"] = "users"
    """`users`: how many different users; `events`: how many events."""
    days: float | None = Field(None, gt=0)
    """Only events of the last days before `as_of`; None: all of them."""

    def build(self) -> Popularity:
        return Popularity(self)


class RecentPopularityConfig(PopularityConfig):
    """Popularity of the last four weeks: the window the time split asks about."""

    days: float | None = Field(28, gt=0)


class Popularity(Baseline[PopularityConfig]):
    """The most bought items: what a model must beat to be personal at all."""

    def __init__(self, config: PopularityConfig | None = None) -> None:
        super().__init__(config or PopularityConfig())
        self._popularity: FloatArray | None = None

    def score(self, users: IntArray) -> FloatArray:
        return np.tile(self._fitted(self._popularity), (len(users), 1))

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """The same scores (B, I) after every history."""
        return self.score(np.arange(len(histories)))

    def learnt(self, popularity: FloatArray, people: Subgraph) -> Self:
        """The same from what was counted elsewhere, for these people.

        popularity (I,)   the sum of `counted` over parts of whole users
        """
        self._popularity = popularity
        return self._remember(people)

    def counted(self, events: Events, n_items: int, now: int) -> FloatArray:
        """What these events, of whole users, add to the popularity of items (I,)."""
        if self.config.days is not None:
            events = events.where(events.time >= now - self.config.days * DAY)
        item = events.item
        if self.config.count == "users":
            item = np.unique(events.user * n_items + item) % n_items
        return np.bincount(item, minlength=n_items).astype(np.float32)

    def _learn(self, train: Subgraph) -> None:
        events = train.events[self.config.kind]
        now = train.as_of if train.as_of is not None else int(events.time.max())
        self._popularity = self.counted(events, train.shape[1], now)


class RecentPopularity(Popularity):
    """`Popularity` of the last days only."""

    def __init__(self, config: RecentPopularityConfig | None = None) -> None:
        super().__init__(config or RecentPopularityConfig())
