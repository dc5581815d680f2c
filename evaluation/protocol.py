"""What a model must offer so that it can be evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


@runtime_checkable
class Scores(Protocol):
    """A fitted model, seen as a function from users to scores of all items."""

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item for `users` (B,), positions in the subgraph.

        Higher is better, equal scores are ties, -inf means not offered.
        """
        ...


@runtime_checkable
class HistoryScores(Protocol):
    """A fitted model that scores histories of users it has never seen."""

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Scores (B, I) after each history: item positions, the newest one last."""
        ...


@runtime_checkable
class Fits(Protocol):
    """A model that learns from the training subgraph of a split."""

    def fit(self, train: Subgraph) -> Self:
        """Learn from `train`, and return the model itself."""
        ...


@runtime_checkable
class Refreshes(Protocol):
    """A fitted model that can take in what people had since it was fitted."""

    def refresh(self, subgraph: Subgraph) -> Self:
        """Read people's histories from `subgraph`, and learn nothing of it."""
        ...
