"""What is bought of late by those who hold an item, by hand."""

from __future__ import annotations

import pytest

from basketweave.graph.derive import (
    FollowedByBaskets,
    followed_by_baskets,
)
from tests.graphs import column, events


def test_lately_pairs_what_is_held_with_what_is_recent() -> None:
    # ages: user 0 has item 0 for 30 days, item 1 for 0; user 1 for 0 and 90 days
    bought = events([(0, 0, 70), (0, 1, 100), (1, 0, 100), (1, 1, 10)])
    config = FollowedByBaskets(memory=30, recent=30, max_age=60, min_users=1)
    weight = column(followed_by_baskets(bought, (2, 2), config), "weight")
    one_then_zero = 1 * 0.5 / 1.5**0.5 + 0.125 * 1 / 1.125**0.5
    # with two items a sum is its own row and column sum: s / s^.5 / s^.3
    assert weight[0, 1] == pytest.approx((0.5 / 1.5**0.5) ** 0.2, rel=1e-5)
    assert weight[1, 0] == pytest.approx(one_then_zero**0.2, rel=1e-5)


def test_lately_leaves_out_items_of_few_users() -> None:
    bought = events([(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1)])
    edges = followed_by_baskets(bought, (2, 3), FollowedByBaskets(min_users=2))
    assert set(column(edges, "weight")) == {(0, 1), (1, 0)}
