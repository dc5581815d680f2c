"""Maximal marginal relevance: good items that are not all alike.

Source: Carbonell & Goldstein (1998), The use of MMR, diversity-based reranking for
reordering documents and producing summaries.
"""

from __future__ import annotations

import numpy as np

from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import VectorPart

LIKE: tuple[VectorPart, ...] = ("content", "gnn", "sequence")
"""The parts whose vectors say how alike two items are: the first that there is."""


def diverse(
    score: FloatArray, vectors: FloatArray, k: int, diversity: float
) -> IntArray:
    """Places of `k` of the rows (n,), in the order in which they are taken: each time

        argmax  (1 - diversity) * score / highest score
                - diversity * largest cosine with a row that is taken

    score (n,)       not negative, best first; of equals the first is taken
    vectors (n, d)   unit vectors, zeros where an item has none: it is like no other

    >>> alike = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    >>> diverse(np.array([3, 2, 1], np.float32), alike, 2, 0.5).tolist()
    [0, 2]
    """
    worth = (1 - diversity) * score / max(float(score.max(initial=0)), 1e-12)
    nearest = np.full(len(score), -1, np.float32)
    taken: list[int] = []
    left = np.ones(len(score), bool)
    for _ in range(min(k, len(score))):
        alike = nearest if taken else np.zeros_like(nearest)
        gain = np.where(left, worth - diversity * alike, -np.inf)
        best = int(gain.argmax())
        taken.append(best)
        left[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return np.array(taken, np.int64)
