"""What is derived from events, beside results worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import (
    CoPurchased,
    FollowedByBaskets,
    co_purchased,
    derive,
    followed_by,
    followed_by_baskets,
    popularity,
    rebuy,
)
from basketweave.graph.derive.rows import Product
from basketweave.graph.subgraph import Edges, Events
from basketweave.graph.tables import Tables

DAY = 86_400
Pair = tuple[int, int]


def purchases(*rows: tuple[int, int, float]) -> Events:
    """Events of (user, item, day), sorted as the stores give them."""
    user, item, day = (np.array(c) for c in zip(*sorted(rows, key=_place), strict=True))
    value = np.full(len(rows), np.nan, np.float32)
    return Events(user, item, (day * DAY).astype(np.int64), value)


def _place(row: tuple[int, int, float]) -> tuple[int, float]:
    return row[0], row[2]


def column(edges: Edges, name: str) -> dict[Pair, float]:
    """A column by (source, target)."""
    pairs = edges.index.T.tolist()
    values = edges.columns[name].tolist()
    return {(a, b): v for (a, b), v in zip(pairs, values, strict=True)}


@pytest.fixture
def three_baskets() -> Events:
    """{0, 1}, {0, 1, 2} and {0, 2}: three users with a basket each."""
    held = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0), (2, 2)]
    return purchases(*[(user, item, 1.0) for user, item in held])


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
    events = purchases((0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 1, 9))
    assert column(co_purchased(events, 2), "support") == {(0, 1): 2, (1, 0): 2}
    assert len(co_purchased(events, 2, CoPurchased(within="basket"))) == 0


def test_followed_by_decays_with_the_gap_and_counts_half_backwards() -> None:
    sums = np.array([[0, 1, 0.9], [0.5, 0, 1], [0.5 * 0.9, 0.5, 0]])
    expected = sums / sums.sum(1)[:, None] ** 0.5 / sums.sum(0) ** 0.2
    edges = followed_by(purchases((0, 0, 1), (0, 1, 2), (0, 2, 3)), 3)
    found = np.zeros((3, 3))
    found[edges.index[0], edges.index[1]] = edges.columns["weight"]
    assert found == pytest.approx(expected, rel=1e-5)


def test_followed_by_does_not_go_from_one_user_to_the_next() -> None:
    edges = followed_by(purchases((0, 0, 1), (0, 1, 2), (1, 2, 1), (1, 3, 2)), 4)
    assert set(column(edges, "weight")) == {(0, 1), (1, 0), (2, 3), (3, 2)}


def test_lately_pairs_what_is_held_with_what_is_recent() -> None:
    # ages: user 0 has item 0 for 30 days, item 1 for 0; user 1 for 0 and 90 days
    events = purchases((0, 0, 70), (0, 1, 100), (1, 0, 100), (1, 1, 10))
    config = FollowedByBaskets(memory=30, recent=30, max_age=60, min_users=1)
    weight = column(followed_by_baskets(events, (2, 2), config), "weight")
    one_then_zero = 1 * 0.5 / 1.5**0.5 + 0.125 * 1 / 1.125**0.5
    # with two items a sum is its own row and column sum: s / s^.5 / s^.3
    assert weight[0, 1] == pytest.approx((0.5 / 1.5**0.5) ** 0.2, rel=1e-5)
    assert weight[1, 0] == pytest.approx(one_then_zero**0.2, rel=1e-5)


def test_lately_leaves_out_items_of_few_users() -> None:
    events = purchases((0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1))
    edges = followed_by_baskets(events, (2, 3), FollowedByBaskets(min_users=2))
    assert set(column(edges, "weight")) == {(0, 1), (1, 0)}


def test_popularity_counts_recent_buyers_over_how_often_they_buy() -> None:
    events = purchases((0, 0, 1), (0, 0, 30), (1, 0, 40), (1, 1, 5))
    # item 0: one buyer within 7 days, two within 28 and 91, 1.5 purchases each;
    # item 1: one buyer, 35 days ago
    assert popularity(events, 3) == pytest.approx([4.5 / 1.5**0.7, 0.25, 0])


def test_rebuy_is_drawn_towards_the_mean() -> None:
    events = purchases((0, 0, 10), (0, 0, 15), (0, 1, 0), (1, 1, 20))
    found = rebuy(events, 3, days=10, windows=1, half_life=10, prior=1)
    # before day 10: 1 of item 0, .5 of item 1; one rebuy, so the mean is 1 / 1.5
    assert found == pytest.approx([(1.5 + 1) / (1 + 1), 1 / (0.5 + 1), 1])


def test_popularity_counts_a_buyer_of_a_week_ago_as_one_of_the_month() -> None:
    """Windows are half open: the second that is 7 days old is in the next one."""
    events = purchases((0, 0, 100), (1, 1, 93), (2, 2, 72), (3, 3, 9))
    assert popularity(events, 4) == pytest.approx([3.25, 1.25, 0.25, 0])


def test_rebuys_of_a_later_window_do_not_count_in_an_earlier_one() -> None:
    events = purchases((0, 0, 0), (0, 0, 20), (1, 1, 5), (1, 1, 8))
    found = rebuy(events, 2, days=10, windows=2, half_life=10, prior=1)
    # before day 10: .5 of item 0, two of item 1; before day 0 (included): 1 of item 0.
    # One rebuy, on day 20, which is after the window from day 0 to day 10.
    other = 0.5**0.5 + 0.5**0.2
    held = 1.5 + other
    assert found == pytest.approx([(held + 1) / (1.5 + 1), 1 / (other + 1)])


def test_rebuy_is_usual_for_all_where_nothing_was_bought_again() -> None:
    assert rebuy(purchases((0, 0, 1), (1, 1, 90)), 2).tolist() == [1, 1]


def test_deriving_again_changes_nothing(checkerboard: Tables, tmp_path: Path) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(checkerboard)
        first, stood = derive(store), _edges_of(store)
        assert first.co_purchased > 0
        assert first.followed_by > 0
        assert derive(store) == first
        assert _edges_of(store).equals(stood)


def _edges_of(store: GraphStore) -> pl.DataFrame:
    return store.run(
        "MATCH (a:Item)-[r:CO_PURCHASED|FOLLOWED_BY]->(b:Item) "
        "RETURN a.id AS held, label(r) AS kind, b.id AS item, r.weight AS weight, "
        "id(r) AS one ORDER BY held, kind, item"
    )


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 7), k=st.integers(1, 4))
def test_the_strongest_of_a_product_are_those_of_the_dense_one(
    seed: int, n: int, k: int
) -> None:
    rng = np.random.default_rng(seed)
    left, right = (
        sp.csr_array(rng.random(s, np.float32) * (rng.random(s) < 0.5))
        for s in ((n, 5), (5, n))
    )
    rows, columns = (rng.random(n).astype(np.float32) + 0.1 for _ in range(2))
    dense = (left @ right).toarray() * rows[:, None] * columns
    np.fill_diagonal(dense, 0)
    index, _, weight = Product(left, right).strongest(rows, columns, k)
    for row in range(n):
        best = np.sort(dense[row][dense[row] > 0])[::-1][:k]
        found = np.sort(weight[index[0] == row])[::-1]
        assert found == pytest.approx(best, rel=1e-4)
        at = index[1][index[0] == row]
        assert dense[row, at] == pytest.approx(weight[index[0] == row], rel=1e-4)
