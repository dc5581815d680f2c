"""A new item and a new user are recommended and answered at once, with vectors too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from basketweave.graph import GraphStore, Vectors
from basketweave.graph.derive import derive
from basketweave.serving.recommender import Recommender

DAY = 86_400
WEIGHTS = {"gnn": 1.0}


@pytest.fixture
def shop(loaded: GraphStore, make_vectors: Callable[..., Vectors]) -> GraphStore:
    """The checkerboard, derived, with vectors of two encoders."""
    derive(loaded)
    loaded.publish(make_vectors(1))
    loaded.publish(make_vectors(2, "tfidf", part="content"))
    return loaded


def new(item: str = "new", **more: Any) -> dict[str, Any]:
    return {"id": item, "title": "New", "brand": "North", **more}


def mean(shop: GraphStore, name: str, shares: dict[str, int]) -> np.ndarray:
    vectors = shop.vectors(name)
    place = {item: n for n, item in enumerate(vectors.items)}
    rows = [w * vectors.item_vectors[place[i]] for i, w in shares.items()]
    total = np.sum(rows, axis=0)
    found: np.ndarray = total / np.linalg.norm(total)
    return found


def test_it_has_a_place_amid_those_like_it(shop: GraphStore) -> None:
    expected = mean(shop, "gat", {"a": 2, "c": 2, "e": 2})
    content = mean(shop, "tfidf", {"a": 1, "c": 1, "e": 1})
    shop.upsert_items([new(categories=["food/fruit"]), new("made")])
    shop.upsert_items([{"id": "bare", "title": "Bare"}, {"id": "a", "price": 5}])
    for name, wanted, item in (("gat", expected, "new"), ("tfidf", content, "made")):
        found = shop.vectors(name)
        assert len(found.items) == 8
        (row,) = (n for n, one in enumerate(found.items) if one == item)
        np.testing.assert_allclose(found.item_vectors[row], wanted, atol=1e-5)
    shop.upsert_items({"id": "bare", "categories": ["food/fruit"]})
    assert "bare" in shop.vectors("gat").items.to_list()


def test_vectors_and_categories_recommend_it_at_once(shop: GraphStore) -> None:
    client = Recommender(shop)
    client.recommend("ann", weights=WEIGHTS)
    client.similar("a")
    shop.upsert_items(new(categories=["food/fruit"]))
    for _ in range(2):
        for part in ("gnn", "content"):
            found = client.recommend("bob", 9, weights={part: 1})
            one = next(one for one in found if one.item == "new")
            assert one.parts[part].raw != 0
            assert one.title == "New"
        (only,) = client.recommend("bob", 1, where={"categories": ["food/fruit"], "exclude": ["a", "c", "e"]})  # fmt: skip
        assert only.item == "new"
        assert {"a", "c", "e"} <= {one.item for one in client.similar("new")}
        assert "New" in [one.title for one in client.similar("a", 9)]
        assert "new" in [one.item for one in client.session(["c"], weights=WEIGHTS)]
        shop.export()


def test_a_new_user_is_compared_by_what_they_had(shop: GraphStore) -> None:
    client = Recommender(shop)
    shop.upsert_items(new(categories=["food/fruit"]))
    shop.record({"user": "zoe", "item": "new", "time": 20 * DAY})
    for _ in range(2):
        found = client.recommend("zoe", 9, weights=WEIGHTS)
        near = {one.item: one.parts["gnn"].raw for one in found}
        vectors = shop.vectors("gat") if _ else None
        assert set(near) == {"a", "b", "c", "d", "e", "f"}
        assert {"a", "c", "e"} & {found[0].item, found[1].item}
        if vectors is not None:
            place = {item: n for n, item in enumerate(vectors.items)}
            own = vectors.item_vectors[place["new"]]
            for item, cosine in near.items():
                np.testing.assert_allclose(
                    cosine, vectors.item_vectors[place[item]] @ own, atol=1e-4
                )
        shop.export()


def test_the_first_purchase_makes_it_popular(shop: GraphStore) -> None:
    client = Recommender(shop)
    weights = {"popularity": 1.0}
    before = [one.item for one in client.recommend("bob", 9, weights=weights)]
    shop.record([{"user": "zoe", "item": "new", "time": 20 * DAY}])
    shop.record({"user": "zoe", "item": "seen", "kind": "VIEWED", "time": 20 * DAY})
    shop.record({"user": "zoe", "item": "late", "time": 20 * DAY - 30 * DAY})
    shop.record({"user": "ann", "item": "a", "time": 20 * DAY})
    for _ in range(2):
        found = client.recommend("bob", 9, weights=weights, known="any")
        raw = {one.item: one.parts["popularity"].raw for one in found}
        assert (raw["new"], raw["seen"], raw["late"]) == (3.25, 0, 0.25)
        order = [one.item for one in client.recommend("bob", 9, weights=weights)]
        assert [one for one in order if one in before] == before
        assert [raw[one] for one in order] == sorted(
            (raw[one] for one in order), reverse=True
        )
        shop.export()
    derive(shop)
    assert client.recommend("bob", 9, weights=weights)
