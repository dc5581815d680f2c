"""What is bought together, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.graph.derive import (
    CoPurchased,
    co_purchased,
)
from basketweave.graph.subgraph import Events
from tests.graphs import column, events


@pytest.fixture
def three_baskets() -> Events:
    """{0, 1}, {0, 1, 2} and {0, 2}: three users with a basket each."""
    held = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0), (2, 2)]
    return events([(user, item, 1) for user, item in held])


def test_co_purchased_counts_shared_baskets(three_baskets: Events) -> None:
    edges = co_purchased(three_baskets, 3, CoPurchased(min_support=1))
    pairs = {(0, 1): 2, (0, 2): 2, (1, 2): 1}
    both_ways = pairs | {(b, a): n for (a, b), n in pairs.items()}
    assert column(edges, "support") == both_ways


def test_lift_is_relative_to_chance(three_baskets: Events) -> None:
    lift = column(co_purchased(three_baskets, 3, CoPurchased(min_support=1)), "lift")
    assert lift[0, 1] == pytest.approx(2 * 3 / (3 * 2))
    assert lift[2, 1] == pytest.approx(1 * 3 / (2 * 2))


def test_the_weight_is_the_cosine_of_the_items_baskets(three_baskets: Events) -> None:
    edges = co_purchased(three_baskets, 3, CoPurchased(min_support=1))
    weight = column(edges, "weight")
    assert weight[0, 1] == pytest.approx(2 / 6**0.5)
    assert weight[1, 2] == pytest.approx(1 / 2)


def test_shrink_is_added_to_what_the_weight_divides_by(three_baskets: Events) -> None:
    config = CoPurchased(min_support=1, shrink=10)
    weight = column(co_purchased(three_baskets, 3, config), "weight")
    assert weight[0, 1] == pytest.approx(2 / (6**0.5 + 10))
    assert weight[1, 2] == pytest.approx(1 / (2 + 10))


def test_min_support_leaves_out_rarer_pairs(three_baskets: Events) -> None:
    edges = co_purchased(three_baskets, 3, CoPurchased(min_support=2))
    assert set(column(edges, "weight")) == {(0, 1), (1, 0), (0, 2), (2, 0)}


def test_top_k_keeps_the_strongest(three_baskets: Events) -> None:
    edges = co_purchased(three_baskets, 3, CoPurchased(min_support=1, top_k=1))
    kept = set(column(edges, "weight"))
    assert {(1, 0), (2, 0)} < kept
    assert len(kept) == 3


def test_sources_give_their_rows_of_the_full_result(three_baskets: Events) -> None:
    config = CoPurchased(min_support=1)
    full = column(co_purchased(three_baskets, 3, config), "weight")
    some = co_purchased(three_baskets, 3, config, sources=np.array([1, 2]))
    assert column(some, "weight") == {p: w for p, w in full.items() if p[0] in (1, 2)}


def test_single_items_are_put_together_by_user() -> None:
    bought = events([(0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 9)])
    assert column(co_purchased(bought, 2), "support") == {(0, 1): 2, (1, 0): 2}
    assert len(co_purchased(bought, 2, CoPurchased(within="basket"))) == 0
