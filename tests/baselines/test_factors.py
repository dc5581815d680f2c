"""Factors solve what they are made to solve."""

from __future__ import annotations

import numpy as np

from basketweave.baselines import (
    ALS,
    BPR,
    ALSConfig,
    BPRConfig,
)
from tests.graphs import random_graph


def test_als_solves_a_users_vector_from_the_history() -> None:
    subgraph = random_graph(30, 12)
    alpha, regularization = 3.0, 0.5
    config = ALSConfig(factors=4, alpha=alpha, regularization=regularization, threads=1)
    model = ALS(config).fit(subgraph)
    y = model._model.item_factors.astype(float)
    counts = subgraph.interactions().toarray()[0]
    confidence = np.where(counts > 0, alpha * counts, 1)  # implicit counts no 1 +
    left = y.T @ (confidence[:, None] * y) + regularization * np.eye(4)
    vector = np.linalg.solve(left, y.T @ (confidence * (counts > 0)))
    assert np.allclose(model.score(np.array([0]))[0], y @ vector, atol=1e-3)


def test_bpr_ranks_what_users_bought_above_the_rest() -> None:
    subgraph = random_graph(40, 30)
    bought = subgraph.interactions().toarray() > 0
    scores = BPR(BPRConfig(factors=8)).fit(subgraph).score(np.arange(40))
    above = [
        np.mean(s[b][:, None] > s[~b]) for s, b in zip(scores, bought, strict=True)
    ]
    assert np.mean(above) > 0.9
