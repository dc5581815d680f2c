"""The flat filter beside its dense formula."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.baselines.flat_filter import FlatFilter, FlatFilterConfig
from basketweave.graph.subgraph import Subgraph


def test_the_flat_filter_is_its_dense_formula(checkerboard_graph: Subgraph) -> None:
    c = FlatFilterConfig()
    held = (checkerboard_graph.interactions().toarray() > 0).astype(float)
    by_user, by_item = (np.maximum(held.sum(axis), 1) for axis in (1, 0))
    matrix = held * by_user[:, None] ** -c.user_power * by_item**-c.item_power
    _, s, v = np.linalg.svd(matrix, full_matrices=False)
    limit = c.ridge * s[0] ** 2
    low = v.T @ np.diag(s**2 - c.boost * limit * s**2 / (s**2 + limit)) @ v
    walk = (matrix.T @ matrix - low) * by_item**c.shift
    walk = np.maximum(walk / by_item[:, None] ** c.shift, 0)
    walk[matrix.T @ matrix == 0] = 0
    np.fill_diagonal(walk, 0)
    found = FlatFilter(c).fit(checkerboard_graph).score(np.arange(5))
    assert found == pytest.approx(held @ walk, abs=1e-4)
