"""`Trained`: what training gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import Vectors
from basketweave.training.encoder import Encoder


@dataclass(frozen=True)
class Epoch:
    """One pass over the data.

    loss    its mean loss
    value   what validation said, the higher the better: NDCG@10, or minus the RMSE of
            a scorer of ratings; None without validation
    """

    loss: float
    value: float | None


@dataclass(frozen=True)
class Trained:
    """A trained encoder, its vectors of the subgraph it was trained on, and how.

    curve         one entry an epoch; empty for an encoder without training
    best_epoch    how many epochs the kept parameters have seen, 0 where the start was
                  best: what to give as `epochs` when training again on all data
    """

    encoder: Encoder
    vectors: Vectors
    curve: Sequence[Epoch]
    best_epoch: int
    seconds: float

    def score(self, users: IntArray) -> FloatArray:
        """Cosines (B, I) of the users at these positions with every item."""
        return self.vectors.user_vectors[users] @ self.vectors.item_vectors.T
