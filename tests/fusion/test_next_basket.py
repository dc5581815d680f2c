"""Next baskets, padded requests, gated and segmented blends, on a few people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from basketweave import Recommender, connect
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.sides import Fitted, fitted
from basketweave.choosing.weights import Learned
from basketweave.errors import DataError
from basketweave.evaluation import evaluate, time_split
from basketweave.fusion import (
    CONTEXT,
    Gate,
    GateConfig,
    GatedScores,
    NextBaskets,
    Requests,
    SegmentScores,
    SegmentWeights,
    context,
    learn_segments,
)
from basketweave.graph.derive import derive
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from tests.graphs import events_graph


def journey() -> Subgraph:
    """12 people with one basket of two items a week, for 10 weeks, in two tastes."""
    rows = [
        (user, 6 * (user % 2) + item, 7 * week + user % 5 + 9 / 24)
        for user in range(12)
        for week in range(10)
        for item in sorted(((user + week) % 6, (user + week + 1) % 6))
    ]
    return events_graph(rows, 12, 12)


@pytest.fixture(scope="module")
def side() -> Fitted:
    split = time_split(journey(), days=21)
    return fitted(split, [], BlendSettings())


@pytest.fixture(scope="module")
def baskets(side: Fitted) -> NextBaskets:
    return NextBaskets.of(side.split, journey().events["PURCHASED"])


def test_the_truth_is_the_first_basket_and_the_context_its_time(
    side: Fitted, baskets: NextBaskets
) -> None:
    assert baskets.split.truth.sum(axis=1).tolist() == [2.0] * 12
    assert side.split.truth.sum(axis=1).min() >= 3  # three baskets later
    hour = 2 * np.pi * 9 / 24
    assert baskets.contexts[:, 0] == pytest.approx(np.sin(hour), abs=1e-6)
    assert baskets.contexts.shape == (12, len(CONTEXT))


def test_requests_hold_each_persons_candidates_and_what_was_taken(
    side: Fitted, baskets: NextBaskets
) -> None:
    asked = Requests.of(side.sources, baskets, "any", ["repeat", "graph"], 1.0)
    assert asked.values.shape == (12, int(asked.held.sum(axis=1).max()), 2)
    assert asked.relevant.sum() == 24
    assert (asked.values[asked.held == 0] == 0).all()
    with pytest.raises(DataError, match="no part sequence"):
        Requests.of(side.sources, baskets, "any", ["sequence", "repeat"], 1.0)


def test_a_gate_of_equal_weights_ranks_as_the_even_blend(
    side: Fitted, baskets: NextBaskets
) -> None:
    gate = Gate(GateConfig(start=1e-9), ["repeat", "graph"])
    gated = GatedScores.of(gate, side.sources, baskets.contexts, "any")
    even = BlendScores(side.sources, {"repeat": 0.5, "graph": 0.5}, "any")
    users = side.split.users
    assert gated.score(users) == pytest.approx(even.score(users), abs=1e-5)


def test_each_segment_is_ranked_by_its_own_weights(side: Fitted) -> None:
    repeat, graph = (Learned({part: 1.0}, 1.0, 0.5) for part in ("repeat", "graph"))
    weights = SegmentWeights((3, 10, 30), repeat, {0: graph})
    events = np.array([3, 4] * 6)
    found = SegmentScores(side.sources, weights, events, "any").score(np.array([0, 1]))
    for user, one in ((0, graph), (1, repeat)):
        alone = BlendScores(side.sources, one.weights, "any").score(np.array([user]))
        assert found[user] == pytest.approx(alone[0])
    assert weights.weights(2) == {"graph": 1.0}
    assert weights.weights(500) == {"repeat": 1.0}


def test_segments_with_enough_people_learn_weights_of_their_own(side: Fitted) -> None:
    found = learn_segments([(side.sources, side.split)], "any", bounds=(13,), least=5)
    assert found.names() == ["at most 13", "more than 13"]
    assert list(found.each) == [1]
    events = np.full(12, 14)
    model = SegmentScores(side.sources, found, events, "any")
    report = evaluate({"segments": model}, side.split, ks=(10,))
    assert report.value("segments") == pytest.approx(found.each[1].ndcg, abs=0.05)


def test_the_store_serves_a_blend_under_the_gates_weights(
    checkerboard: Tables, tmp_path: Path
) -> None:
    gate = Gate(GateConfig(start=1.0), ["repeat", "graph", "popularity"])
    now = context(np.array([10 * DAY]), np.array([4]), np.array([9 * DAY]))
    weights = gate.weights(now[0])
    with connect(tmp_path / "board.lbug") as store:
        store.load(checkerboard)
        derive(store)
        found = Recommender(store).recommend("ann", known="any", weights=weights)
    for recommendation in found:
        given = {name: part.weight for name, part in recommendation.parts.items()}
        assert given == pytest.approx(weights, abs=1e-6)
        parts = recommendation.parts.values()
        score = sum(part.weight * part.value for part in parts)
        assert recommendation.score == pytest.approx(score, abs=1e-5)
