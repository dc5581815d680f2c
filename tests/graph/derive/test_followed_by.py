"""What is bought one after another, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.graph.derive import (
    followed_by,
)
from tests.graphs import column, events


def test_followed_by_decays_with_the_gap_and_counts_half_backwards() -> None:
    sums = np.array([[0, 1, 0.9], [0.5, 0, 1], [0.5 * 0.9, 0.5, 0]])
    expected = sums / sums.sum(1)[:, None] ** 0.5 / sums.sum(0) ** 0.2
    edges = followed_by(events([(0, 0, 1), (0, 1, 2), (0, 2, 3)]), 3)
    found = np.zeros((3, 3))
    found[edges.index[0], edges.index[1]] = edges.columns["weight"]
    assert found == pytest.approx(expected, rel=1e-5)


def test_followed_by_does_not_go_from_one_user_to_the_next() -> None:
    edges = followed_by(events([(0, 0, 1), (0, 1, 2), (1, 2, 1), (1, 3, 2)]), 4)
    assert set(column(edges, "weight")) == {(0, 1), (1, 0), (2, 3), (3, 2)}
