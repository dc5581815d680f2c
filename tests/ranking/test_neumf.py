"""NeuMF scores a grid as each of its pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from basketweave.graph.subgraph import Subgraph
from basketweave.ranking import (
    scorer_config,
    train_scorer,
)
from tests.graphs import taste

QUICK = {"kind": "RATED", "epochs": 6, "learning_rate": 0.01, "batch": 64}


@pytest.fixture(scope="module")
def rated() -> Subgraph:
    """60 users rate 8 of 20 items by their taste."""
    return taste(60, 20, 8)


@pytest.mark.parametrize("hidden", [(), (8,), (16, 8)])
def test_neumf_scores_a_grid_as_it_scores_each_pair(
    rated: Subgraph, hidden: tuple[int, ...]
) -> None:
    config = scorer_config("neumf", **QUICK, loss="softmax", hidden=hidden, dim=4)
    scorer = train_scorer(rated, config).scorer
    users, items = np.array([3, 0, 7]), np.arange(20)
    by_pair = scorer.score_pairs(users, np.tile(items, (3, 1)))
    with torch.no_grad():
        grid = scorer.eval().grid(torch.from_numpy(users), torch.from_numpy(items))
    np.testing.assert_allclose(grid.numpy(), by_pair, rtol=1e-4, atol=1e-5)
