"""The trees over a person's own items: their features, and what they learn."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.baselines.own_pairs import own_pairs
from basketweave.baselines.repeat_ranker import RepeatRanker, RepeatRankerConfig
from basketweave.errors import TrainingError, UsageError
from basketweave.graph.subgraph import Subgraph, joined
from basketweave.moments import DAY
from tests.graphs import events, events_graph


def subgraph(rows: list[tuple[int, int, float]], n: tuple[int, int]) -> Subgraph:
    """(user, item, day) as purchases; items 0 and 1 are of one category."""
    milk = {"IN_CATEGORY": [(0, 0), (1, 0)]}
    return events_graph(rows, *n, catalogue=milk, Category=["milk", "rest"])


def rhythm(weeks: int = 20) -> Subgraph:
    """Everyone buys item 0 each week, and each of the others now and then, once."""
    rows = [(u, 0, 7.0 * w + u % 7) for u in range(200) for w in range(weeks)]
    once = [(u, 1 + n, 7.0 * (u % 3 + 4 * n) + 3) for u in range(200) for n in range(5)]
    return subgraph(rows + once, (200, 7))


def test_features_of_a_pair_by_hand() -> None:
    rows = [(0, 0, 0.0), (0, 0, 10.0), (0, 0, 16.0), (0, 1, 16.0), (1, 0, 2.0)]
    pairs, names = own_pairs(subgraph(rows, (2, 2)), 20 * DAY)
    assert pairs.select("user", "item").rows() == [(0, 0), (0, 1), (1, 0)]
    first = pairs.row(0, named=True)
    assert first["n"] == 3
    assert first["n7"] == 1
    assert (first["last"], first["first"]) == (4, 20)
    assert (first["gap"], first["gap_last"]) == (8, 6)
    assert first["due"] == pytest.approx(4 / 15)
    assert first["d20"] == pytest.approx(2**-1 + 2**-0.5 + 2**-0.2)
    assert first["baskets"] == 3
    assert first["share"] == 1
    assert first["habit"] == 4  # both items are of the category
    assert (first["buyers"], first["often"]) == (2, 2)
    assert set(names) == set(pairs.columns) - {"user", "item", "category"}


def test_what_happens_later_changes_no_feature() -> None:
    graph = rhythm()
    before, names = own_pairs(graph.until(100 * DAY), 100 * DAY)
    after, _ = own_pairs(graph, 100 * DAY)
    assert after.select(names).equals(before.select(names), null_equal=True)


def test_what_is_bought_each_week_ranks_before_what_was_bought_once() -> None:
    ranker = RepeatRanker(RepeatRankerConfig(days=14, trees=20)).fit(rhythm())
    chance = ranker.score(np.arange(200))
    assert chance[:, 0].min() > chance[:, 1:].max()
    pairs = ranker.score_pairs(np.array([0, 3]), np.array([[0, 5], [5, 0]]))
    assert pairs == pytest.approx(np.stack([chance[0, [0, 5]], chance[3, [5, 0]]]))


def test_new_events_count_without_training_again() -> None:
    graph = rhythm()
    ranker = RepeatRanker(RepeatRankerConfig(days=14, trees=20)).fit(graph)
    assert ranker.score(np.array([0]))[0, 6] == 0
    e, new = graph.events["PURCHASED"], events([(0, 6, 140)])
    ranker.refresh(Subgraph(graph.ids, {"PURCHASED": joined([new, e])}, graph.edges))
    assert ranker.score(np.array([0]))[0, 6] > 0


def test_what_cannot_be_learnt_is_told() -> None:
    with pytest.raises(UsageError, match="fit"):
        RepeatRanker().score(np.array([0]))
    short = subgraph([(0, 0, 0.0), (0, 0, 9.0)], (1, 2))
    with pytest.raises(TrainingError, match="56 days"):
        RepeatRanker().fit(short)
    once = subgraph([(u, 0, 3.0 * u) for u in range(40)], (40, 2))
    with pytest.raises(TrainingError, match="no habit"):
        RepeatRanker().fit(once)
    with pytest.raises(TrainingError, match="no VIEWED"):
        RepeatRanker(RepeatRankerConfig(kind="VIEWED")).fit(short)
