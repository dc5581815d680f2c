"""Attributes, boosts and pinned places: the same on both stores, for one and for all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.recommendation import Recommendations
from basketweave.serving.recommender import Recommender

WEIGHTS = {"graph": 0.4, "repeat": 0.3, "popularity": 0.3}


@pytest.fixture
def client(store: GraphStore, checkerboard: Tables) -> Recommender:
    """The checkerboard in three colours, two sizes and two lists of tags."""
    items = checkerboard.items.with_columns(
        colour=pl.Series(["red", "blue", None, "red", "green", "blue"]),
        size=pl.Series([40, 41, 40, 41, None, 40]),
        tags=pl.Series([["new", "eco"], ["eco"], None, ["new"], [], ["sale"]]),
    )
    store.load(replace(checkerboard, items=items))
    derive(store)
    return Recommender(store)


def test_rules_of_a_shop_window(client: Recommender) -> None:
    """One test, since on Neo4j each statement's plan takes seconds."""

    def asked(user: str = "ann", k: int = 6, **where: Any) -> Recommendations:
        found = client.recommend(user, k, known="any", weights=WEIGHTS, where=where)
        for one in found:
            parts = sum(part.score for part in one.parts.values())
            assert one.score == pytest.approx(parts, abs=1e-5)
        lists = client.recommend_all(
            k, known="any", weights=WEIGHTS, where=where, users=["bob", user]
        )
        own = lists.filter(pl.col("user") == user)
        assert own["item"].to_list() == items(found)
        assert own["rank"].to_list() == list(range(1, len(found) + 1))
        scores = [one.score for one in found]
        assert own["score"].to_list() == pytest.approx(scores, abs=1e-5)
        return found

    def items(found: Recommendations) -> list[Any]:
        return [one.item for one in found]

    # attributes
    assert set(items(asked(attributes={"colour": ["red"]}))) == {"a", "d"}
    assert set(items(asked(attributes={"colour": ["red", "blue"], "size": 41}))) == {
        "b",
        "d",
    }
    assert set(items(asked(attributes={"tags": ["new", "sale"]}))) == {"a", "d", "f"}
    assert items(asked(attributes={"size": ["40", True]})) == []
    assert items(asked(attributes={"colour": "green"}, brands=["South"])) == []
    with pytest.raises(NotFoundError, match=r"no attribute of items 'color'.*'colour'"):
        asked(attributes={"color": ["red"]})

    # boosts
    plain = {one.item: one.score for one in asked()}
    for boost, doubled in [
        ({"items": {"f": 2, "nothing": 9}}, {"f"}),
        ({"brands": {"South": 2}}, {"b", "d"}),
        ({"categories": {"food/fruit": 2}}, {"a", "c", "e"}),
        ({"categories": {"food": 2}}, set("abcdef")),
        ({"attributes": {"colour": {"red": 2}}}, {"a", "d"}),
        ({"attributes": {"size": {"40": 2}, "tags": {"none": 9}}}, {"a", "c", "f"}),
    ]:
        found = {one.item: one.score for one in asked(boost=boost)}
        for item, score in found.items():
            factor = 2 if item in doubled else 1
            assert score == pytest.approx(factor * plain[item], abs=1e-5)
    both = {"brands": {"South": 3}, "items": {"b": 0}}
    assert items(asked(boost=both))[-1] == "b"

    # pinned
    order = items(asked())
    last = order[-1]
    assert items(asked(k=3, pinned={2: last})) == [order[0], last, order[1]]
    ruled = asked(k=2, attributes={"colour": ["red"]}, pinned={1: "c"})
    assert items(ruled)[0] == "c"
    assert set(items(ruled)[1:]) < {"a", "d"}
    only = asked(attributes={"colour": ["green"]}, pinned={"5": "a", 9: "b"})
    assert items(only) == ["e", "a"]
    held = client.session(["a"], 2, where={"pinned": {1: "b"}})
    assert items(held)[0] == "b"
    with pytest.raises(NotFoundError, match="no item 'nothing' to be pinned"):
        asked(pinned={1: "nothing"})


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"attributes": {"colour": []}}, "colour"),
        ({"attributes": {"colour": [None]}}, "colour"),
        ({"attributes": ["colour"]}, "attributes"),
        ({"boost": {"brands": {"A": -1}}}, "brands"),
        ({"boost": {"brands": {"A": float("nan")}}}, "brands"),
        ({"boost": {"brand": {"A": 1}}}, "Did you mean 'brands'"),
        ({"pinned": {0: "a"}}, "pinned"),
        ({"pinned": {1: "a", 2: "a"}}, "pinned twice"),
        ({"pinned": {1: "a"}, "exclude": ["a"]}, "excluded"),
    ],
)
def test_what_cannot_be_a_rule_is_told(where: dict[str, Any], told: str) -> None:
    from basketweave.blend.request import Where

    with pytest.raises(UsageError, match=told):
        Where.given(where)
