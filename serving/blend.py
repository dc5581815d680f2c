"""The blend: parts of a score, normalised over one request's candidates, weighted.

    score(u, i) = sum over parts of  w_part * value_part(u, i)
    value       = raw / the largest raw among the request's candidates

The arithmetic stands here once: the embedded store serves with it, and the
evaluation scores all users with it. `queries/recommend.cypher` says the same in one
Cypher statement, and a test holds the two to the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Raw parts for a block of users: each (B, I) float32, 0 where a part is silent.

    `offered` (B, I) is true at the candidates that `known` and the rules allow.
    """

    raw: Mapping[str, FloatArray]
    offered: BoolArray

    def values(self) -> dict[str, FloatArray]:
        """Each part divided by its largest value among the offered candidates."""
        return {name: _scaled(part, self.offered) for name, part in self.raw.items()}


def blend(parts: Parts, weights: Mapping[str, float]) -> FloatArray:
    """Scores (B, I); -inf where an item is no candidate."""
    score = np.zeros(parts.offered.shape, np.float32)
    for name, value in parts.values().items():
        score += np.float32(weights.get(name, 0.0)) * value
    score[~parts.offered] = -np.inf
    return score


def top(score: FloatArray, k: int) -> IntArray:
    """Positions of the `k` best of one row (I,), best first, ties by position."""
    offered = np.flatnonzero(score > -np.inf)
    if len(offered) > k:
        cut = np.partition(score[offered], len(offered) - k)[len(offered) - k]
        offered = offered[score[offered] >= cut]
    order = np.lexsort((offered, -score[offered]))
    return offered[order[:k]]


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights scaled to sum to 1.

    >>> shares({"graph": 3, "popularity": 1})
    {'graph': 0.75, 'popularity': 0.25}
    """
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _scaled(part: FloatArray, offered: BoolArray) -> FloatArray:
    shown = np.where(offered, part, np.float32(0))
    largest = shown.max(axis=1, keepdims=True)
    return shown / np.maximum(largest, np.float32(1e-12))
