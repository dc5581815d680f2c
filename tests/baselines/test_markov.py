"""What followed the last items, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.baselines import (
    Markov,
    MarkovConfig,
)
from tests.graphs import events_graph

CLICKS = events_graph(
    [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 2, 4), (1, 0, 1), (1, 1, 2), (2, 1, 1)],
    3,
    3,
)
"""a b a c, a b, b: after a came b twice and c once, after b came a once."""


def test_a_markov_chain_tells_what_followed_the_last_item() -> None:
    model = Markov().fit(CLICKS)
    found = model.score_histories([np.array([2, 0]), np.array([1]), np.array([2])])
    expected = [[0, 2 / 3, 1 / 3], [1, 0, 0], [0, 0, 0]]
    assert found == pytest.approx(np.array(expected))
    assert model.score(np.array([2])) == pytest.approx(found[1:2])


def test_a_markov_chain_can_look_further_back_and_ahead() -> None:
    far = MarkovConfig(gap=2, last=2, decay=0.5)
    found = Markov(far).fit(CLICKS).score_histories([np.array([0, 1])])
    # Two steps on counts half: a -> a, and b -> c.
    after_a, after_b = np.array([0.5, 2, 1]) / 3.5, np.array([1, 0, 0.5]) / 1.5
    assert found[0] == pytest.approx(after_b + 0.5 * after_a)
    other = far.model_copy(update={"itself": False})
    found = Markov(other).fit(CLICKS).score_histories([np.array([0])])
    assert found[0] == pytest.approx(np.array([0, 2, 1]) / 3)


def test_a_markov_chain_forgets_what_stands_before_its_last_items() -> None:
    found = Markov().fit(CLICKS).score_histories([np.array([0, 1]), np.array([1])])
    assert found[0].tolist() == found[1].tolist() == [1, 0, 0]


def test_a_markov_chain_may_count_a_share_of_each_step_backwards() -> None:
    model = Markov(MarkovConfig(backward=0.5)).fit(CLICKS)
    found = model.score_histories([np.array([n]) for n in range(3)])
    # a -> b twice, a -> c and b -> a once: half of each the other way round
    expected = [[0, 2.5 / 3.5, 1 / 3.5], [1, 0, 0], [1, 0, 0]]
    assert found == pytest.approx(np.array(expected))
