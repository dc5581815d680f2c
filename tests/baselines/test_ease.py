"""EASE is Steck's closed form, in the items and in the users."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from basketweave.baselines import (
    EASE,
    EASEConfig,
)
from basketweave.baselines.ease import Dual, Primal
from tests.graphs import random_graph


@pytest.mark.parametrize("shape", [(30, 12), (12, 30)])
def test_ease_is_steck_s_closed_form(shape: tuple[int, int]) -> None:
    subgraph = random_graph(*shape)
    x = (subgraph.interactions().toarray() > 0).astype(float)
    inverse = np.linalg.inv(x.T @ x + 2 * np.eye(shape[1]))
    weights = np.eye(shape[1]) - inverse / np.diag(inverse)
    model = EASE(EASEConfig(regularization=2)).fit(subgraph)
    sold = x.any(axis=0)
    found = model.score(np.arange(shape[0]))
    assert np.allclose(found[:, sold], (x @ weights)[:, sold], atol=1e-4)


def test_ease_in_the_users_gives_the_scores_of_ease_in_the_items() -> None:
    x = sp.csr_array((random_graph(20, 25).interactions() > 0).astype(np.float32))
    new = sp.csr_array((random_graph(9, 25, seed=1).interactions() > 0).astype("f4"))
    for histories in (x, new):
        one, other = (form(x, 3.0).score(histories) for form in (Primal, Dual))
        assert np.allclose(one, other, atol=1e-4)


def test_ease_on_a_large_catalogue_ranks_the_items_it_left_out_last() -> None:
    subgraph = random_graph(30, 20)
    model = EASE(EASEConfig(regularization=2, max_side=8)).fit(subgraph)
    users = np.bincount((subgraph.interactions() > 0).nonzero()[1], minlength=20)
    rare = np.argsort(-users, kind="stable")[8:]
    scores = model.score(np.arange(30))
    assert (scores[:, rare] == scores.min(axis=1, keepdims=True)).all()
    assert np.ptp(scores, axis=1).min() > 0
