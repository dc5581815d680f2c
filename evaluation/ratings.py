"""Ratings: how far predicted stars are from the given ones, on a split by time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.reports.bootstrap import Interval, interval
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import events_of, from_test
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.schema import RATED
from basketweave.graph.subgraph import Events, FloatArray, IntArray, Subgraph


class Rates(Protocol):
    """A fitted model that says how many stars a user would give an item."""

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        """The predicted stars (B,) of pairs of users (B,) and items (B,), by position."""
        ...


@dataclass(frozen=True)
class RatingSplit:
    """One question: from `train`, all of it earlier, predict the stars of `asked`."""

    name: str
    train: Subgraph
    asked: Events
    kind: str = RATED

    def ranking(self, least: float = 0, known: Known = "new") -> Split:
        """The same window as a question of ranking: find what got `least` stars.

        Users and items without a rating in train take part.
        """
        liked = self.asked.where(self.asked.value >= least)
        truth = marked(liked.user, liked.item, self.train.shape)
        return from_test(
            self.name, self.train, truth, known=known, kind=self.kind, cold=True
        )


@dataclass(frozen=True)
class Errors:
    """Root mean squared and mean absolute error, in stars.

    squared (N,)   of each rating, to compare two models pair by pair
    """

    rmse: float
    mae: float
    squared: FloatArray = field(repr=False)

    def better_than(self, other: Errors) -> Interval:
        """How much lower the mean squared error is than `other`'s, with bounds."""
        return interval(other.squared - self.squared)


def rating_splits(
    subgraph: Subgraph,
    shares: tuple[float, float, float] = (0.70, 0.15, 0.15),
    *,
    kind: str = RATED,
) -> tuple[RatingSplit, RatingSplit]:
    """A validation and a test split: the ratings cut at two times.

    shares   of train, validation and test; the test's `train` holds the first two.
             Ratings of one second stay together, so the shares are nearly met.
    """
    if min(shares) <= 0 or not np.isclose(sum(shares), 1):
        raise UsageError(f"`shares` are three above 0 that sum to 1; {shares} do not.")
    events = events_of(subgraph, kind)
    if np.isnan(events.value).any():
        raise DataError(f"Some {kind} events have no stars. Choose another `kind`.")
    first, second = np.quantile(events.time, np.cumsum(shares)[:2]).astype(np.int64)
    name = " / ".join(f"{share:.0%}" for share in shares) + " by time"
    middle = (events.time > first) & (events.time <= second)
    asked = events.where(middle), events.where(events.time > second)
    if not all(map(len, asked)):
        raise DataError(
            f"A part of '{name}' has no ratings: too few of them have times of their "
            "own. Give other `shares`."
        )
    trains = subgraph.until(int(first)), subgraph.until(int(second))
    validation, test = (
        RatingSplit(name, train, part, kind)
        for train, part in zip(trains, asked, strict=True)
    )
    return validation, test


def errors(model: Rates, split: RatingSplit) -> Errors:
    """RMSE and MAE of a model fitted on `split.train`.

    Predictions are clipped to the range of the stars in train. Raises `DataError`
    where one is not a number.
    """
    stars = split.train.events[split.kind].value
    predicted = model.predict(split.asked.user, split.asked.item)
    if np.isnan(predicted).any():
        raise DataError("A model predicted stars that are no number. Train it again.")
    off = np.clip(predicted, stars.min(), stars.max()) - split.asked.value
    squared = (off**2).astype(np.float32)
    return Errors(
        float(np.sqrt(squared.mean(dtype=float))),
        float(np.abs(off).mean(dtype=float)),
        squared,
    )
