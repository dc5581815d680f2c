"""How event kinds count, on both stores: what is known, and how much one counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from basketweave.errors import NotFoundError
from basketweave.evaluation.splits import time_split
from basketweave.graph import GraphStore
from basketweave.graph.derive import CoPurchased, DeriveConfig, derive
from basketweave.graph.kinds import Kinds, counting
from basketweave.graph.known import Known
from basketweave.graph.stats import doctor, stats
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from basketweave.serving.recommender import Recommender

EASY = DeriveConfig(co_purchased=CoPurchased(min_support=1))
VIEWS_COUNT_HALF = Kinds(
    {"PURCHASED": 1, "VIEWED": 0.5, "ADDED_TO_CART": 0, "RATED": 1},
    ("PURCHASED",),
    "PURCHASED",
)


@pytest.fixture
def shop(store: GraphStore, events: Callable[..., Tables]) -> GraphStore:
    """Ann bought a, looked at b and a, and put c into her cart; others bought all."""
    rows = [
        ("ann", "a", 10 * DAY, "PURCHASED"),
        ("ann", "a", 11 * DAY, "VIEWED"),
        ("ann", "b", 12 * DAY, "VIEWED"),
        ("ann", "c", 13 * DAY, "ADDED_TO_CART"),
        *((u, i, n * DAY) for n, u in enumerate(["bob", "cyd", "dan"]) for i in "abcd"),
    ]
    store.load(events(*rows))
    derive(store, config=EASY)
    return store


def _asked(store: GraphStore, known: Known) -> list[str]:
    found = Recommender(store).recommend("ann", k=9, known=known)
    return sorted(str(one.item) for one in found)


def _repeats(store: GraphStore, known: Known) -> dict[object, float]:
    found = Recommender(store).recommend("ann", known=known)
    return {one.item: one.parts["repeat"].raw for one in found}


def test_a_view_makes_nothing_known(shop: GraphStore) -> None:
    assert _asked(shop, "new") == ["b", "c", "d"]
    assert _asked(shop, "again") == ["a"]
    assert _asked(shop, "any") == ["a", "b", "c", "d"]


def test_a_kind_counts_by_its_weight_and_not_at_all_without_one(
    shop: GraphStore,
) -> None:
    before = _repeats(shop, "new")
    assert min(before["b"], before["c"]) > 0
    assert before["d"] == 0
    shop.set_kinds(VIEWS_COUNT_HALF)
    after = _repeats(shop, "new")
    assert after["b"] == pytest.approx(5 * before["b"], rel=0.02)
    assert after["c"] == 0
    shop.set_kinds(None)
    assert _repeats(shop, "new") == pytest.approx(before)


def test_what_is_known_is_as_it_was_set(shop: GraphStore) -> None:
    also = Kinds(VIEWS_COUNT_HALF.weights, ("PURCHASED", "VIEWED"), "PURCHASED")
    shop.set_kinds(also)
    assert _asked(shop, "new") == ["c", "d"]
    assert _asked(shop, "again") == ["a", "b"]
    dataset = shop.dataset()
    assert dataset
    assert dataset.kinds == also


def test_lists_of_everyone_and_requests_agree(shop: GraphStore) -> None:
    shop.set_kinds(VIEWS_COUNT_HALF)
    derive(shop, config=EASY)
    client = Recommender(shop)
    every: tuple[Known, ...] = ("new", "again", "any")
    for known in every:
        rows = client.recommend_all(k=5, known=known, users=["ann", "bob"])
        for user in ("ann", "bob"):
            one = client.recommend(user, k=5, known=known)
            listed = rows.filter(user=user)
            assert [r.item for r in one] == listed["item"].to_list(), known
            assert np.allclose([r.score for r in one], listed["score"], atol=1e-6)


def test_the_blend_s_own_weights_go_before_those_of_the_data_set(
    shop: GraphStore,
) -> None:
    from basketweave.graph import ModelCard

    before = _repeats(shop, "any")
    card = ModelCard("blend_any", kind="blend")
    shop.publish_weights(card, {"repeat": 1.0, "graph": 0.1, "viewed": 0.2})
    after = _repeats(shop, "any")
    assert after["b"] == pytest.approx(2 * before["b"], rel=1e-3)
    assert after["c"] == pytest.approx(before["c"], rel=1e-3)


def test_a_walk_starts_less_at_what_was_only_looked_at(shop: GraphStore) -> None:
    def walked(item: str) -> float:
        found = Recommender(shop).explain("ann", item)
        return found.parts["graph"].raw

    before = walked("d")
    shop.set_kinds(
        Kinds({k: 1.0 for k in VIEWS_COUNT_HALF.weights}, ("PURCHASED",), "PURCHASED")
    )
    assert walked("d") > before


def test_what_is_derived_follows_the_weights(shop: GraphStore) -> None:
    def popularity() -> dict[str, float]:
        found = shop.run("MATCH (i:Item) RETURN i.id AS id, i.popularity AS p")
        return dict(found.iter_rows())

    before = popularity()
    shop.set_kinds(VIEWS_COUNT_HALF)
    assert any("weighed anew" in finding.what for finding in doctor(shop))
    derive(shop, config=EASY)
    after = popularity()
    assert after["b"] > before["b"]
    assert after["c"] < before["c"]
    assert not any("weighed anew" in finding.what for finding in doctor(shop))
    assert "PURCHASED 1 (target, known), VIEWED 0.5" in str(stats(shop))
    shop.set_kinds(Kinds(VIEWS_COUNT_HALF.weights, ("RATED",), "RATED"))
    assert any("no such events" in finding.what for finding in doctor(shop))


def test_an_evaluation_asks_for_what_is_not_known(shop: GraphStore) -> None:
    later = {"user": "ann", "item": "b", "kind": "PURCHASED", "time": 14 * DAY}
    shop.record([later])
    graph = shop.export()
    split = time_split(graph, days=1, kind=graph.counts.target).under("new")
    items = graph.ids["Item"].to_list()
    assert split.seen.toarray().tolist() == [[float(item == "a") for item in items]]
    assert split.truth.toarray().tolist() == [[float(item == "b") for item in items]]


def test_of_a_store_with_one_kind_that_kind_is_the_target(
    store: GraphStore, events: Callable[..., Tables]
) -> None:
    store.load(events(("ann", "a", 1, "VIEWED"), ("ann", "b", 2, "VIEWED"),
                      ("bob", "a", 1, "VIEWED"), ("bob", "c", 2, "VIEWED")))  # fmt: skip
    derive(store, config=EASY)
    assert store.export().counts == counting(None, ["VIEWED"])
    assert _asked(store, "new") == ["c"]
    store.record([{"user": "ann", "item": "c", "kind": "PURCHASED", "time": 3}])
    assert _asked(store, "new") == ["a", "b"]


def test_an_empty_store_has_no_kinds_to_set(store: GraphStore) -> None:
    with pytest.raises(NotFoundError, match="basketweave load"):
        store.set_kinds(VIEWS_COUNT_HALF)
