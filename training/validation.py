"""How good the vectors are on users held out for validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from basketweave.evaluation import HistoryScores, Scores, Split, evaluate
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import Vectors

Validation = Split | Callable[[Vectors], float]
"""A validation split, or any function of the vectors that should become large."""


@dataclass(frozen=True)
class CosineScores:
    """Vectors as a model for `evaluate`: `score(users)` gives cosines (B, I)."""

    vectors: Vectors

    def score(self, users: IntArray) -> FloatArray:
        """Cosines (B, I) of the users at these positions with every item."""
        return self.vectors.user_vectors[users] @ self.vectors.item_vectors.T


def ndcg(validation: Validation, vectors: Vectors, sample: int = 1_000) -> float:
    """Mean NDCG@10 over at most `sample` users, the same ones every time."""
    if not isinstance(validation, Split):
        return validation(vectors)
    return ndcg_of(CosineScores(vectors), validation, sample)


def ndcg_of(model: Scores | HistoryScores, split: Split, sample: int = 1_000) -> float:
    """Mean NDCG@10 of any model over at most `sample` rows of a split."""
    asked = split.under().drawn(sample)
    return evaluate({"model": model}, asked, [10]).value("model")
