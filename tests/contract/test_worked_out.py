"""A shop small enough to rank by hand, on both stores: rules, candidates and paths.

Ann had `a` on day 0 and `b` on day 90, so `a` pulls .5 and `b` 1. What leads to what:

    a -CO_PURCHASED .4-> c      b -CO_PURCHASED .3-> d
    a -FOLLOWED_BY  .2-> d      b -FOLLOWED_BY  .1-> c

so the walk gives c .5 x .4 + 1 x .1 = .3, and d 1 x .3 + .5 x .2 = .4. Vectors stand in
a plane: ann (1, 0), c (1, 0), d (0, 1), e (.6, .8); f has none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.blend.settings import BlendSettings
from basketweave.errors import NotFoundError, UsageError
from basketweave.graph import GraphStore, ModelCard, Vectors
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from basketweave.serving.recommender import Recommender
from tests.standing import Standing

HALF = {"graph": 0.5, "popularity": 0.5}
ITEMS = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e", "f"],
        "title": ["A", "B", "C", "D", "E", "F"],
        "brand": ["North", "North", "North", "South", "South", None],
        "price": [1.0, 2.0, 3.0, 4.0, 5.0, None],
        "inStock": [True, True, False, True, True, None],
    }
)
# Eight levels, the top below its own lowest: a circle, as a hand-made graph may have.
LEVELS = [f"level {n}" for n in range(8)]
CATEGORIES = pl.DataFrame(
    {
        "id": [*LEVELS, "tools"],
        "name": [*LEVELS, "tools"],
        "parent": [LEVELS[7], *LEVELS[:7], None],
    }
)
IN_CATEGORY = pl.DataFrame(
    {
        "item": ["a", "b", "c", "d", "e"],
        "category": [LEVELS[7], LEVELS[7], LEVELS[7], LEVELS[7], "tools"],
    }
)


def _edges(**weights: float) -> pl.DataFrame:
    rows = [(pair[0], pair[1], 1, weight, 1.0) for pair, weight in weights.items()]
    return pl.DataFrame(rows, ["src", "dst", "support", "weight", "lift"], orient="row")


def _shop(store: GraphStore) -> None:
    """The shop, its relationships and vectors written as the text above says."""
    store.load(
        Tables(
            name="by hand",
            users=pl.DataFrame({"id": ["ann", "zoe"]}),
            items=ITEMS,
            categories=CATEGORIES,
            in_category=IN_CATEGORY,
            events=pl.DataFrame(
                {
                    "user": ["ann", "ann"],
                    "item": ["a", "b"],
                    "time": [0, 90 * DAY],
                    "kind": ["PURCHASED", "PURCHASED"],
                    "value": [1.0, 1.0],
                }
            ),
        )
    )
    store.write_item_edges("CO_PURCHASED", _edges(ac=0.4, bd=0.3), as_of=None)
    after = _edges(ad=0.2, bc=0.1).drop("lift")
    store.write_item_edges("FOLLOWED_BY", after, as_of=None)
    store.write_item_scores(
        pl.DataFrame(
            {"id": list("abcde"), "popularity": [8.0, 4.0, 2.0, 1.0, 1.0]}
        ).with_columns(rebuy=pl.lit(1.0))
    )
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0.6, 0.8]], np.float32)
    card = ModelCard("plane", part="content")
    store.publish(
        Vectors(
            card, pl.Series(["ann"]), pl.Series(list("cde")), vectors[:1], vectors[1:]
        )
    )


@pytest.fixture
def client(standing: Standing) -> Recommender:
    """Of the shop, for reading."""
    return Recommender(standing(_shop))


@pytest.fixture
def own(store: GraphStore) -> GraphStore:
    """The shop, for a test that writes to it."""
    _shop(store)
    return store


def _found(client: Recommender, **asked: Any) -> dict[Any, float]:
    given = {"user": "ann", "weights": HALF, **asked}
    return {row.item: round(row.score, 4) for row in client.recommend(**given)}


def test_scores_are_those_worked_out_by_hand(client: Recommender) -> None:
    # graph: c .3 / .4, d 1; popularity: c 1, d and e 1 / 2, f none at all
    assert _found(client) == {"c": 0.875, "d": 0.75, "e": 0.25, "f": 0.0}
    # cosines from 0 (d, and f which has no vector) to 1 (c)
    by_vector = _found(client, weights={"content": 1})
    assert by_vector == pytest.approx({"c": 1, "e": 0.6, "d": 0, "f": 0}, abs=1e-3)
    assert list(by_vector)[2:] == ["d", "f"]


def test_paths_are_of_the_strongest_step(client: Recommender) -> None:
    why = {row.item: row.why() for row in client.recommend("ann", weights=HALF)}
    assert why["c"] == "ann -PURCHASED-> A -CO_PURCHASED-> C"
    assert why["d"] == "ann -PURCHASED-> B -CO_PURCHASED-> D"
    assert why["e"] == why["f"] == ""


def test_a_path_is_shown_only_where_its_part_counts(client: Recommender) -> None:
    popular = client.recommend("ann", known="any", weights={"popularity": 1})
    assert [row.path for row in popular] == [()] * 6
    again = client.recommend("ann", known="again", weights={"repeat": 1})
    assert {row.why() for row in again} == {"ann -PURCHASED-> A", "ann -PURCHASED-> B"}


RULES: list[tuple[dict[str, Any], str]] = [
    ({"brands": ["South"]}, "de"),
    ({"not_brands": ["North"]}, "def"),
    ({"categories": ["level 0"]}, "cd"),
    ({"categories": ["level 7"]}, "cd"),
    ({"not_categories": ["level 3"]}, "ef"),
    ({"categories": ["tools", "level 5"]}, "cde"),
    ({"price": (3, 4)}, "cd"),
    ({"price": (None, 3)}, "c"),
    ({"price": (4.5, None)}, "e"),
    ({"in_stock": True}, "de"),
    ({"exclude": ["d", "no such item"]}, "cef"),
    ({"per_brand": 1}, "cdf"),
    ({"per_category": 1}, "cef"),
    ({"per_brand": 1, "per_category": 1}, "cef"),
    ({"brands": ["South"], "in_stock": True, "price": (1, 4)}, "d"),
    ({"brands": ["North"], "categories": ["tools"]}, ""),
]


def test_rules_leave_what_keeps_them_in_the_order_of_the_scores(
    client: Recommender, subtests: pytest.Subtests
) -> None:
    for where, offered in RULES:
        with subtests.test(where=where):
            assert "".join(_found(client, where=where)) == offered
            everyone = client.recommend_all(weights=HALF, where=where, users=["ann"])
            assert "".join(everyone["item"]) == offered


def test_an_item_that_one_cap_leaves_out_does_not_count_for_the_other(
    client: Recommender,
) -> None:
    # d is the first of South, and is left out by its category: so e is the first
    found = _found(client, where={"per_brand": 1, "per_category": 1}, k=2)
    assert list(found) == ["c", "e"]


def test_any_item_can_be_explained(client: Recommender) -> None:
    for item in "abcdef":
        found = client.explain("ann", item)
        assert found.item == item
        among = client.recommend("ann", known="any")
        scores = {row.item: row.score for row in among}
        assert found.score == pytest.approx(scores[item], abs=1e-6)
    assert client.explain("zoe", "f").path == ()


def test_what_the_store_has_not_is_told_with_what_is_near(client: Recommender) -> None:
    for where, told in (
        ({"categories": ["levle 3"]}, "Did you mean 'level 3'"),
        ({"brands": ["south"]}, "Did you mean 'South'"),
        ({"not_brands": [7]}, "no brand '7'"),
    ):
        with pytest.raises(NotFoundError, match=told):
            client.recommend("ann", where=where)
    with pytest.raises(
        NotFoundError, match=r"'gnn'.*content \(plane_v1\).*train filter"
    ):
        client.recommend("ann", weights={"gnn": 1})


def test_as_many_come_back_as_keep_the_rules_however_few_candidates_there_are(
    own: GraphStore,
) -> None:
    client = Recommender(own)
    few = BlendSettings(walk_candidates=1, vector_candidates=1, popular_candidates=0)
    card = ModelCard("blend_new", kind="blend")
    own.publish_weights(card, {**HALF, "content": 0.1, **few.properties()})
    for k in range(1, 5):
        assert len(client.recommend("ann", k)) == k
        assert len(client.recommend("zoe", k)) == k
        south = client.recommend("ann", k, where={"not_brands": ["North"]})
        assert len(south) == min(k, 3)
        assert len(client.recommend_all(k)) == 2 * k


def test_each_kind_of_candidate_is_looked_for_among_what_is_offered(
    own: GraphStore,
) -> None:
    client = Recommender(own)
    few = BlendSettings(walk_candidates=1, vector_candidates=1, popular_candidates=1)
    weights = {"content": 0.9, "graph": 0.1, **few.properties()}
    own.publish_weights(ModelCard("blend_new", kind="blend"), weights)
    # the walk's best is d, the nearest and the most popular is c: e is none of them
    assert {row.item for row in client.recommend("ann", 1)} == {"c"}
    # without c and d the nearest is e
    rules = {"exclude": ["c", "d"]}
    best = client.recommend("ann", 1, where=rules)[0]
    assert best.item == "e"
    assert best.parts["content"].raw == pytest.approx(0.6, abs=1e-5)


def test_a_price_or_stock_of_which_nothing_is_known_is_no_rule(
    loaded: GraphStore,
) -> None:
    loaded.write_item_edges("CO_PURCHASED", _edges(ac=1.0), as_of=None)
    client = Recommender(loaded)
    with pytest.raises(UsageError, match="column 'inStock'"):
        client.recommend("ann", where={"in_stock": True})
    assert len(client.recommend("ann", where={"price": (1, 9)})) == 3
