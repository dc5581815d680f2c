"""Splits and errors of ratings, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.ratings import errors, rating_splits
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from tests.graphs import rated


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
