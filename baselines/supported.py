"""The items that have enough events to learn from, when all are too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.graph.subgraph import FloatArray, IntArray


@dataclass(frozen=True)
class Supported:
    """A choice of items: `items` (J,) are their positions, ascending."""

    items: IntArray
    n_items: int

    def narrow(self, matrix: sp.csr_array) -> sp.csr_array:
        """The columns of these items: (B, I) to (B, J)."""
        return matrix if len(self.items) == self.n_items else matrix[:, self.items]

    def widen(self, scores: FloatArray) -> FloatArray:
        """Scores (B, J) as (B, I), where all other items score lowest of all.

        Their score is the row's lowest, so they come last but stay offered.
        """
        if len(self.items) == self.n_items:
            return scores
        lowest = scores.min(axis=1, keepdims=True, initial=0)
        wide = np.repeat(lowest, self.n_items, axis=1)
        wide[:, self.items] = scores
        return wide


def most_supported(matrix: sp.csr_array, max_items: int) -> Supported:
    """The `max_items` items with most users, among those with any, from (U, I)."""
    users = np.bincount(matrix.indices, minlength=matrix.shape[1])
    best = np.argsort(-users, kind="stable")[:max_items]
    return Supported(np.sort(best[users[best] > 0]).astype(np.int64), matrix.shape[1])
