"""A scorer behind the client: the blend offers, the scorer orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from basketweave import Recommender, connect
from basketweave.blend.settings import BlendSettings
from basketweave.errors import UsageError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.tables import Tables
from basketweave.ranking.reranker import Reranker
from basketweave.serving.engine import Blend, Row


@pytest.fixture(scope="module")
def store(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphStore]:
    folder: Path = tmp_path_factory.mktemp("reranked")
    with connect(folder / "board.lbug") as found:
        found.load(checkerboard)
        derive(found)
        yield found


class Later:
    """The later in the alphabet, the better."""

    def score_pairs(self, users: IntArray, items: IntArray) -> FloatArray:
        return (items + 1).astype(np.float32)

    def score(self, users: IntArray) -> FloatArray:
        raise NotImplementedError


def test_a_scorer_orders_what_the_blend_offers(store: GraphStore) -> None:
    plain = Recommender(store).recommend("ann", k=6, known="any")
    reranker = Reranker(Later(), store.export().ids)
    found = Recommender(store, reranker).recommend("ann", k=2, known="any")
    names = sorted((str(r.item) for r in plain), reverse=True)
    assert [r.item for r in found] == names[:2]


def test_a_scorer_may_stand_for_one_part_of_the_blend(store: GraphStore) -> None:
    reranker = Reranker(Later(), store.export().ids, part="repeat")
    weights = {"repeat": 0.5, "graph": 0.5}
    found = Recommender(store, reranker).recommend("ann", weights=weights, known="any")
    best = max(r.parts["repeat"].raw for r in found)
    for r in found:
        assert r.parts["repeat"].raw == "abcdef".index(str(r.item)) + 1
        assert r.parts["repeat"].value == pytest.approx(r.parts["repeat"].raw / best)
        parts = 0.5 * r.parts["repeat"].value + 0.5 * r.parts["graph"].value
        assert r.score == pytest.approx(parts)
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)


def test_a_person_the_scorer_does_not_know_gets_the_blend(store: GraphStore) -> None:
    ids = {**store.export().ids, "User": store.export().ids["User"].head(1)}
    plain = Recommender(store).recommend("eve", known="any")
    found = Recommender(store, Reranker(Later(), ids)).recommend("eve", known="any")
    assert [r.item for r in found] == [r.item for r in plain]


def test_items_that_the_scorer_does_not_know_stand_last(store: GraphStore) -> None:
    ids = store.export().ids
    known = {**ids, "Item": ids["Item"].filter(ids["Item"] != "f")}
    found = Recommender(store, Reranker(Later(), known)).recommend("ann", known="any")
    names = [str(r.item) for r in found]
    assert names[-1] == "f"
    assert names[:-1] == sorted(names[:-1], reverse=True)


def test_a_part_that_the_scorer_gives_is_raised_to_the_blends_power(
    store: GraphStore,
) -> None:
    rows = [Row(item, None, 0.0, {"graph": (1.0, 1.0)}, ()) for item in "ad"]
    given = Blend({"repeat": 0.5, "graph": 0.5}, BlendSettings(power=0.5))
    reranker = Reranker(Later(), store.export().ids, part="repeat")
    best, other = reranker.rerank("ann", rows, given)
    # raw 4 and 1: of the largest 1 and a quarter, whose root is a half
    assert (best.item, best.parts["repeat"], best.score) == ("d", (4, 1), 1)
    assert (other.item, other.parts["repeat"], other.score) == ("a", (1, 0.5), 0.75)


def test_a_part_that_is_none_is_told(store: GraphStore) -> None:
    with pytest.raises(UsageError, match="repeat, graph"):
        Reranker(Later(), store.export().ids, part="habit")
