"""The search for weights, on results worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.choosing.search import CandidateTable, ideal, search


def test_ndcg_of_a_block_by_hand() -> None:
    # two parts, one request, three candidates of which the last is wanted
    values = np.array([[3, 2, 1], [1, 2, 3]], np.float32)
    block = CandidateTable(
        values, np.array([[0, 0, 1]], np.float32), ideal(np.array([1]))
    )
    assert block.ndcg(np.array([1, 0], np.float32)) == pytest.approx(0.5)
    assert block.ndcg(np.array([0, 1], np.float32)) == pytest.approx(1)


def test_the_search_finds_that_only_the_sum_is_right() -> None:
    # neither part alone puts the wanted item first, any even mixture does
    values = np.array([[3, 0, 2], [0, 3, 2]], np.float32)
    block = CandidateTable(
        values, np.array([[0, 0, 1]], np.float32), ideal(np.array([1]))
    )
    weights, reached = search(["a", "b"], [block])
    assert reached == pytest.approx(1)
    assert sum(weights.values()) == pytest.approx(1, abs=2e-3)
    assert 1 / 3 < weights["a"] < 2 / 3
