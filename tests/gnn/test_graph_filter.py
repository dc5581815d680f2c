"""The graph filter on a graph whose answer is known."""

from __future__ import annotations

import numpy as np

from basketweave.gnn import GraphFilterConfig
from tests.graphs import events_graph


def test_a_graph_filter_of_full_rank_ranks_what_was_bought_first() -> None:
    train = events_graph([(0, 0), (1, 1), (2, 2), (2, 1)], 3, 3)
    vectors = GraphFilterConfig(dim=4, shrink=0).restore({}).encode(train)
    cosines = vectors.user_vectors @ vectors.item_vectors.T
    np.testing.assert_array_equal(
        cosines > 0.01,
        [[True, False, False], [False, True, False], [False, True, True]],
    )
