"""Rating baselines, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.errors import UsageError
from basketweave.evaluation.ratings import RatingSplit, errors
from basketweave.ranking import (
    BiasConfig,
    Biases,
    FactorisationConfig,
    MatrixFactorisation,
)
from tests.graphs import rated


def test_biases_are_the_ridge_solution() -> None:
    graph = rated([(0, 0, 5.0), (0, 1, 4.0), (1, 0, 3.0)])
    config = BiasConfig(shrink_users=2, shrink_items=1, sweeps=100)
    found = Biases(config).fit(graph).predict(np.array([0, 1]), np.array([1, 1]))
    # minimise Σ (stars - 4 - b_u - b_i)² + 2 Σ b_u² + Σ b_i²
    x = np.array([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0]])
    ridge = np.diag([2, 2, 1, 1])
    b = np.linalg.solve(x.T @ x + ridge, x.T @ np.array([1, 0, -1]))
    assert found == pytest.approx([4 + b[0] + b[3], 4 + b[1] + b[3]], abs=1e-6)


def test_who_never_rated_is_given_the_mean_and_the_items_bias() -> None:
    graph = rated([(0, 0, 5.0), (0, 1, 3.0), (2, 0, 4.0)])
    model = Biases(BiasConfig(shrink_users=1)).fit(graph)
    assert model.of_users[1] == 0
    assert model.score(np.array([1])).shape == (1, 2)


def test_factors_fit_what_biases_cannot() -> None:
    rows = [(u, i, 5.0 if (u + i) % 2 else 1.0) for u in range(6) for i in range(6)]
    split = RatingSplit("same", rated(rows), rated(rows).events["RATED"])
    biases = Biases(BiasConfig()).fit(split.train)
    config = FactorisationConfig(factors=2, shrink=0.1)
    factors = MatrixFactorisation(config).fit(split.train)
    assert errors(biases, split).rmse == pytest.approx(2, abs=1e-3)
    assert errors(factors, split).rmse < 0.2
    assert errors(factors, split).better_than(errors(biases, split)).low > 0


def test_a_model_that_is_not_fitted_says_so() -> None:
    with pytest.raises(UsageError, match="fit"):
        Biases().predict(np.array([0]), np.array([0]))
