"""What is popular, ever or of late, by hand."""

from __future__ import annotations

import numpy as np

from basketweave.baselines import (
    Popularity,
    PopularityConfig,
    RecentPopularity,
    RecentPopularityConfig,
)
from basketweave.moments import DAY
from tests.graphs import events_graph

WEEKLY = events_graph([(0, 0, 1), (0, 0, 2), (0, 0, 40), (1, 1, 41), (2, 1, 3)], 3, 3)


def test_popularity_counts_users_or_events() -> None:
    nobody = np.array([0])
    users = Popularity().fit(WEEKLY).score(nobody)
    events = Popularity(PopularityConfig(count="events")).fit(WEEKLY).score(nobody)
    assert users.tolist() == [[1, 2, 0]]
    assert events.tolist() == [[3, 2, 0]]


def test_recent_popularity_counts_the_last_days_before_the_bound() -> None:
    recent = RecentPopularity(RecentPopularityConfig(days=28))
    assert recent.fit(WEEKLY).score(np.array([2])).tolist() == [[1, 1, 0]]
    earlier = recent.fit(WEEKLY.until(30 * DAY)).score(np.array([2]))
    assert earlier.tolist() == [[1, 1, 0]]
    week = RecentPopularity(RecentPopularityConfig(days=0.5))
    assert week.fit(WEEKLY).score(np.array([2])).tolist() == [[0, 1, 0]]
