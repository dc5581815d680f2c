"""What lists look like beyond their hits."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.evaluation.ranking import highest
from basketweave.evaluation.reports.beyond import Exposure


def exposure(rows: list[list[float]], k: int) -> Exposure:
    scores = np.array(rows, np.float32)
    found = Exposure(scores.shape[1], 10, k)
    found.add(scores, highest(scores, k)[:, -1])
    return found


def test_items_are_exposed_in_the_lists_where_they_stand() -> None:
    found = exposure([[3, 2, 1], [1, 2, 3]], k=2)
    assert found.lists.tolist() == [1, 2, 1]
    beyond = found.beyond(np.array([10, 5, 0]), np.full(3, True))
    assert beyond.coverage == 1
    assert beyond.novelty == pytest.approx((0 + 2 * 1 + np.log2(10)) / 4)
    assert beyond.popular_share == 0.25


def test_tied_items_share_the_places_that_are_left() -> None:
    found = exposure([[5, 1, 1, 1, 0]], k=2)
    assert found.lists.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    beyond = found.beyond(np.array([8, 4, 4, 4, 4]), np.full(5, True))
    assert beyond.coverage == pytest.approx(2 / 5)


def test_coverage_is_what_random_orders_of_the_ties_cover_on_average() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, (4, 8)).astype(np.float32)
    covered = []
    for _ in range(4000):
        order = np.argsort(-(scores + rng.random(scores.shape) / 2), axis=1)[:, :3]
        covered.append(len(np.unique(order)) / 8)
    beyond = exposure(scores.tolist(), 3).beyond(np.ones(8, int), np.full(8, True))
    assert beyond.coverage == pytest.approx(np.mean(covered), abs=0.01)


def test_masked_items_stand_in_no_list() -> None:
    found = exposure([[1, -np.inf, -np.inf]], k=2)
    assert found.lists.tolist() == [1, 0, 0]
