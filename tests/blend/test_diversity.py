"""Items alike to those above them fall, the more the higher `diversity` is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basketweave.blend.diversity import diverse
from basketweave.graph import unit

SCORE = np.array([1, 0.9, 0.8, 0.4], np.float32)
TWINS = np.array([[1, 0], [1, 0], [0.6, 0.8], [0, 1]], np.float32)


@pytest.mark.parametrize(
    ("diversity", "order"), [(0, [0, 1, 2, 3]), (0.5, [0, 2, 3, 1]), (1, [0, 3, 2, 1])]
)
def test_by_hand(diversity: float, order: list[int]) -> None:
    """After row 0, at .5: row 1 has .45 - .5, row 2 has .4 - .3, row 3 has .2 - 0; then
    row 1 -.05, row 3 .2 - .4."""
    if diversity == 0.5:
        order = [0, 3, 2, 1]  # .2 against .1: the unlike one comes first
    assert diverse(SCORE, TWINS, 4, diversity).tolist() == order


def test_an_item_without_a_vector_is_like_no_other() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 0]], np.float32)
    assert diverse(SCORE[:3], rows, 3, 0.5).tolist() == [0, 2, 1]


def test_there_is_nothing_to_choose_from() -> None:
    assert (
        diverse(np.empty(0, np.float32), np.empty((0, 2), np.float32), 5, 0.5).size == 0
    )


@given(st.integers(1, 30), st.integers(1, 40), st.floats(0, 1), st.integers(0, 99))
def test_rows_are_taken_once_and_the_best_first(
    n: int, k: int, diversity: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    score = -np.sort(-rng.random(n).astype(np.float32))
    taken = diverse(score, unit(rng.normal(size=(n, 4))), k, diversity)
    assert len(set(taken.tolist())) == len(taken) == min(n, k)
    assert taken[0] == 0
    if diversity == 0:
        assert taken.tolist() == list(range(len(taken)))
