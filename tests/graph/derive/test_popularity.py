"""How popular items are of late, by hand."""

from __future__ import annotations

import pytest

from basketweave.graph.derive import (
    popularity,
)
from tests.graphs import events


def test_popularity_counts_recent_buyers_over_how_often_they_buy() -> None:
    bought = events([(0, 0, 1), (0, 0, 30), (1, 0, 40), (1, 1, 5)])
    # item 0: one buyer within 7 days, two within 28 and 91, 1.5 purchases each;
    # item 1: one buyer, 35 days ago
    assert popularity(bought, 3) == pytest.approx([4.5 / 1.5**0.7, 0.25, 0])


def test_popularity_counts_a_buyer_of_a_week_ago_as_one_of_the_month() -> None:
    """Windows are half open: the second that is 7 days old is in the next one."""
    bought = events([(0, 0, 100), (1, 1, 93), (2, 2, 72), (3, 3, 9)])
    assert popularity(bought, 4) == pytest.approx([3.25, 1.25, 0.25, 0])
