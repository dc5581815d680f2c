"""Rating baselines, splits and errors, by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.ratings import RatingSplit, errors, rating_splits
from basketweave.graph.subgraph import Events, FloatArray, IntArray, Subgraph
from basketweave.ranking import (
    BiasConfig,
    Biases,
    FactorisationConfig,
    MatrixFactorisation,
)


def rated(rows: list[tuple[int, int, float]]) -> Subgraph:
    """(user, item, stars), rated at times 0, 1, 2 …"""
    user, item, stars = (np.array(column) for column in zip(*rows, strict=True))
    order = np.argsort(user, kind="stable")
    time = np.arange(len(rows))
    events = Events(
        user[order], item[order], time[order], stars[order].astype(np.float32)
    )
    ids = {
        "User": pl.Series([f"u{n}" for n in range(user.max() + 1)]),
        "Item": pl.Series([f"i{n}" for n in range(item.max() + 1)]),
    }
    return Subgraph(ids=ids, events={"RATED": events})


class Always:
    """Predicts one number of stars."""

    def __init__(self, stars: float) -> None:
        self.stars = stars

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        return np.full(len(users), self.stars, np.float32)


@pytest.fixture
def ten() -> Subgraph:
    stars = [1.0, 5, 3, 4, 2, 5, 1, 3, 4, 5]
    return rated([(n % 2, n % 3, s) for n, s in enumerate(stars)])


def test_ratings_are_cut_at_two_times(ten: Subgraph) -> None:
    validation, test = rating_splits(ten, (0.6, 0.2, 0.2))
    assert len(validation.train.events["RATED"]) == 6
    assert sorted(validation.asked.time) == [6, 7]
    assert len(test.train.events["RATED"]) == 8
    assert sorted(test.asked.time) == [8, 9]


def test_errors_are_in_stars_and_predictions_stay_within_the_range(
    ten: Subgraph,
) -> None:
    _, test = rating_splits(ten, (0.6, 0.2, 0.2))  # asks for 4 and 5 stars
    assert errors(Always(3), test).mae == pytest.approx(1.5)
    assert errors(Always(3), test).rmse == pytest.approx((5 / 2) ** 0.5)
    assert errors(Always(99), test).rmse == pytest.approx((1 / 2) ** 0.5)


def test_what_got_enough_stars_is_what_a_ranking_has_to_find(ten: Subgraph) -> None:
    _, test = rating_splits(ten, (0.6, 0.2, 0.2))
    liked = test.ranking(least=5, known="any")
    assert liked.truth.toarray().tolist() == [[1.0, 0.0, 0.0]]


def test_a_split_that_cannot_be_is_told(ten: Subgraph) -> None:
    with pytest.raises(UsageError, match="sum to 1"):
        rating_splits(ten, (0.7, 0.2, 0.2))
    same = rated([(0, 0, 1.0), (1, 0, 2.0)])
    with pytest.raises(DataError, match="no ratings"):
        rating_splits(same)
    with pytest.raises(DataError, match="no number"):
        errors(Always(np.nan), rating_splits(ten)[1])


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
