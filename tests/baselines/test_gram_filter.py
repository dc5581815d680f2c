"""GF-CF, by hand."""

from __future__ import annotations

import numpy as np

from basketweave.baselines import GramFilter, GramFilterConfig
from tests.graphs import events_graph


def test_gf_cf_scores_as_by_hand() -> None:
    # One user with items 0 and 1, one with item 1: R' = [[.5, .5], [0, .7071]] after
    # D_u = (2, 1), D_i = (1, 2) become ½ powers: .7071, .5, .7071.
    train = events_graph([(0, 0), (0, 1), (1, 1)], 2, 2)
    model = GramFilter(GramFilterConfig(rank=1, low_pass=0)).fit(train)
    matrix = np.array([[2**-0.5, 0.5], [0, 2**-0.5]])
    rows = np.array([[1.0, 1], [0, 1]])
    np.testing.assert_allclose(
        model.score(np.array([0, 1])), rows @ matrix.T @ matrix, rtol=1e-5
    )
    low = GramFilter(GramFilterConfig(rank=2, low_pass=2)).fit(train)
    # All directions together are the identity: D_i^-½ V Vᵀ D_i^½ = 1.
    np.testing.assert_allclose(
        low.score(np.array([0, 1])), rows @ matrix.T @ matrix + 2 * rows, rtol=1e-5
    )
