"""The walk over users, by hand and beside its dense formula."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.baselines import (
    RP3beta,
    RP3betaConfig,
)
from tests.graphs import events_graph, random_graph


def test_rp3beta_is_a_walk_over_users_divided_by_popularity() -> None:
    # u0 has a and b, u1 b and c, u2 b: from a the walk reaches b by u0 alone, with
    # 1 * 1/2, and b has three users; from c it does so by u1.
    subgraph = events_graph(
        [(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 2, 1), (2, 1, 1)], 3, 3
    )
    found = RP3beta(RP3betaConfig(beta=0.5)).fit(subgraph).score(np.arange(3))
    to_b, to_a = 1 / 2 / 3**0.5, 1 / 3 / 2
    expected = [[to_a, to_b, to_a], [to_a, to_b, to_a], [to_a, 0, to_a]]
    assert found == pytest.approx(np.array(expected), abs=1e-6)


def test_rp3beta_is_its_dense_formula() -> None:
    x = (random_graph(30, 12).interactions().toarray() > 0).astype(float)
    to_item = (x / x.sum(axis=1, keepdims=True)) ** 0.7
    to_user = np.where(x > 0, 1 / x.sum(axis=0), 0).T ** 0.7
    walk = to_user @ to_item / x.sum(axis=0) ** 0.4
    np.fill_diagonal(walk, 0)
    model = RP3beta(RP3betaConfig(alpha=0.7, beta=0.4)).fit(random_graph(30, 12))
    assert model.score(np.arange(30)) == pytest.approx(x @ walk, abs=1e-5)
