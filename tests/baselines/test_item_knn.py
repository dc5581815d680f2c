"""Item-item neighbours beside their dense formula."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.baselines import (
    ItemKNN,
    ItemKNNConfig,
)
from tests.graphs import events_graph, random_graph


def test_item_knn_sums_shrunk_cosines_of_the_nearest_items() -> None:
    subgraph = random_graph(30, 12)
    x = (subgraph.interactions().toarray() > 0).astype(float)
    norms = np.sqrt(x.sum(axis=0))
    similar = (x.T @ x) / (np.outer(norms, norms) + 5)
    np.fill_diagonal(similar, 0)
    for k in (12, 3):
        kept = np.sort(similar, axis=1)[:, -k:].min(axis=1, keepdims=True)
        model = ItemKNN(ItemKNNConfig(neighbours=k, shrink=5)).fit(subgraph)
        found = model.score(np.arange(30))
        if k == 12:
            assert np.allclose(found, x @ similar, atol=1e-5)
        else:
            assert (found <= x @ np.where(similar >= kept, similar, 0) + 1e-5).all()
            assert (found >= x @ np.where(similar > kept, similar, 0) - 1e-5).all()


def test_item_knn_gives_an_item_with_few_users_no_neighbours() -> None:
    subgraph = events_graph(
        [(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1)], 3, 3
    )
    model = ItemKNN(ItemKNNConfig(min_users=2, shrink=0)).fit(subgraph)
    assert model.score(np.array([0])) == pytest.approx(np.array([[0, 0, 0.5]]))


def test_item_knn_is_the_same_however_many_items_are_taken_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subgraph, users = random_graph(30, 12), np.arange(30)
    whole = ItemKNN().fit(subgraph).score(users)
    monkeypatch.setattr("basketweave.baselines.item_knn.ITEMS_AT_ONCE", 5)
    assert np.allclose(ItemKNN().fit(subgraph).score(users), whole)
