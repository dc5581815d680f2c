"""A weighted sum of scores, on results worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.evaluation import Split, leave_one_out
from basketweave.fusion.weighted_sum import WeightedSum, learn_sum, standardised
from basketweave.graph.subgraph import FloatArray, IntArray
from tests.graphs import events_graph, histories


class Fixed:
    """The same scores for everyone."""

    def __init__(self, *scores: float) -> None:
        self.scores = np.array(scores, np.float32)

    def score(self, users: IntArray) -> FloatArray:
        return np.tile(self.scores, (len(users), 1))


def test_a_sum_of_standardised_scores_by_hand() -> None:
    # (2, 4) has mean 3 and spread 1; (10, 50) mean 30 and spread 20
    sums = WeightedSum(
        {"a": Fixed(2, 4), "b": Fixed(50, 10)}, {"a": 0.75, "b": 0.25}
    ).score(np.array([0]))
    assert sums.tolist() == [[-0.75 + 0.25, 0.75 - 0.25]]


def test_what_a_model_does_not_rank_counts_as_its_lowest() -> None:
    z = standardised(np.array([[1, 3, -np.inf, 5]], np.float32))
    spread = (8 / 3) ** 0.5
    assert z[0] == pytest.approx([-2 / spread, 0, -2 / spread, 2 / spread])


@settings(max_examples=50)
@given(
    st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=9),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_scale_and_shift_of_a_model_do_not_matter(
    scores: list[float], scale: float, shift: float
) -> None:
    row = np.array([scores], np.float64)
    if row.std() < 1e-2:
        return
    moved = standardised((row * scale + shift).astype(np.float32))
    assert moved == pytest.approx(standardised(row.astype(np.float32)), abs=2e-2)


def _last_items() -> Split:
    """Six users who had items 0 and 1, then 2 or 3."""
    rows = histories([0, 1, 2 + (n > 3)] for n in range(6))
    return leave_one_out(events_graph(rows, 6, 4, unit=1))


def test_learning_gives_the_weight_to_the_model_that_ranks_best() -> None:
    good, bad = Fixed(0, 0, 2, 1), Fixed(5, 4, 0, 1)
    found = learn_sum({"bad": bad, "good": good}, _last_items())
    assert found.weights["good"] > found.weights["bad"]
    best = found.score(np.array([0]))[0]
    assert best[2] > best[3]
