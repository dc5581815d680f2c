"""A mixture of probabilities, on results worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from basketweave.errors import UsageError
from basketweave.evaluation import leave_one_out, next_item
from basketweave.fusion.mixture import Mixture, learn_mixture, shares
from basketweave.graph.schema import VIEWED
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from tests.graphs import events_graph, histories


class Scores:
    """The same scores after every history."""

    def __init__(self, *scores: float) -> None:
        self.scores = np.array(scores, np.float32)

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        return np.tile(self.scores, (len(histories), 1))


class Sure(Scores):
    """A model that gives probabilities of its own."""

    def probabilities(self, histories: Sequence[IntArray]) -> FloatArray:
        return self.score_histories(histories)[:, ::-1]


HISTORIES = [np.array([0])] * 10


def graph() -> Subgraph:
    rows = histories([[0, 1, 2], [0, 1, 2]])
    return events_graph(rows, 2, 3, kind=VIEWED, unit=1)


def test_scores_count_by_their_share_and_nothing_below_zero() -> None:
    assert shares(Scores(3, 1, -5), HISTORIES)[0].tolist() == [0.75, 0.25, 0]
    assert shares(Scores(0, 0, 0), HISTORIES)[0].tolist() == [0, 0, 0]
    assert shares(Sure(0.5, 0.25, 0.25), HISTORIES)[0].tolist() == [0.25, 0.25, 0.5]


def test_a_mixture_by_hand() -> None:
    models = {"a": Scores(1, 1, 2), "b": Scores(0, 0, 4), "c": Scores(9, 0, 0)}
    mixed = Mixture(models, {"a": 0.6, "b": 0.4, "c": 0.0}).score_histories(HISTORIES)
    assert mixed[0] == pytest.approx([0.15, 0.15, 0.7])


def test_weights_are_as_likely_as_what_came_next() -> None:
    """One model only knows item 0, the other items 1 and 2, which came 7 : 3."""
    targets = np.array([0] * 7 + [1, 2, 1])
    split = next_item(graph(), HISTORIES, targets)
    found = learn_mixture({"first": Scores(1, 0, 0), "rest": Scores(0, 1, 1)}, split)
    assert found.weights == pytest.approx({"first": 0.7, "rest": 0.3}, abs=0.002)


def test_a_model_that_is_of_no_use_has_no_weight() -> None:
    split = next_item(graph(), HISTORIES, np.zeros(10, np.int64))
    found = learn_mixture({"good": Scores(8, 1, 1), "bad": Scores(1, 5, 4)}, split)
    assert found.weights["good"] == pytest.approx(1, abs=0.005)


def test_known_users_are_not_sessions() -> None:
    with pytest.raises(UsageError, match="learnt on sessions"):
        learn_mixture({"a": Scores(1, 1, 1)}, leave_one_out(graph(), kind=VIEWED))


def test_coming_back_is_worth_what_it_was_worth_on_the_split() -> None:
    """After item 0 it came again 5 times of 10; the model gives it a tenth."""
    split = next_item(graph(), HISTORIES, np.array([0] * 5 + [1, 2, 1, 2, 1]))
    model = {"model": Scores(0.1, 0.45, 0.45)}
    found = learn_mixture(model, split, repeats=2)
    p = found.score_histories([np.array([0]), np.array([1, 0])])
    assert p[0, 0] / p[0].sum() == pytest.approx(0.5, abs=0.01)
    plain = learn_mixture(model, split).score_histories(HISTORIES)
    assert plain[0] == pytest.approx([0.1, 0.45, 0.45])
