"""Search for the weights of a sum of scores that rank best, by NDCG@10."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.graph.subgraph import FloatArray, IntArray

_DISCOUNT = (1 / np.log2(np.arange(2, 12))).astype(np.float32)


@dataclass(frozen=True)
class CandidateTable:
    """The candidates of some requests as a padded table, one row a request.

    values (P, Q * C)   each part's value, 0 where there is no candidate
    relevant (Q, C)     1 where the candidate is wanted
    ideal (Q,)          the DCG@10 of the best possible list
    """

    values: FloatArray
    relevant: FloatArray
    ideal: FloatArray

    def ndcg(self, weights: FloatArray) -> float:
        """The mean NDCG@10 that these weights (P,) reach.

        The order among candidates with equal scores is arbitrary.
        """
        score = (weights @ self.values).reshape(self.relevant.shape)
        last = min(9, self.relevant.shape[1] - 1)
        best = np.argpartition(-score, last, axis=1)[:, :10]
        order = np.argsort(-np.take_along_axis(score, best, 1), axis=1)
        best = np.take_along_axis(best, order, 1)
        hits = np.take_along_axis(self.relevant, best, 1)
        return float(np.mean(hits @ _DISCOUNT[: best.shape[1]] / self.ideal))


def ideal(total: IntArray) -> FloatArray:
    """The DCG@10 of a list that has all of `total` (Q,) wanted items first."""
    best: FloatArray = np.cumsum(_DISCOUNT)[np.minimum(total, 10) - 1]
    return best


def search(
    parts: Sequence[str], blocks: Sequence[CandidateTable], rounds: int = 3
) -> tuple[dict[str, float], float]:
    """Non-negative weights that sum to 1, and the mean NDCG@10 that they reach.

    This is a coordinate search: each part's share is moved in turn, while the others
    keep their proportions. It starts from the best single part or the even blend.
    """

    def value(weights: FloatArray) -> float:
        return float(np.mean([block.ndcg(weights) for block in blocks]))

    starts = [*np.eye(len(parts), dtype=np.float32)]
    starts.append(np.full(len(parts), 1 / len(parts), np.float32))
    weights = max(starts, key=value)
    best, step = value(weights), 0.3
    for _ in range(rounds):
        for part in range(len(parts)):
            for move in (step, -step, step / 2, -step / 2):
                tried = _moved(weights, part, move)
                got = value(tried)
                if got > best:
                    weights, best = tried, got
        step /= 2
    return dict(zip(parts, (round(float(w), 3) for w in weights), strict=True)), best


def _moved(weights: FloatArray, part: int, move: float) -> FloatArray:
    """One part's share moved, the others keeping their proportions."""
    share = float(np.clip(weights[part] + move, 0, 1))
    rest = 1 - weights[part]
    others = weights * ((1 - share) / rest) if rest > 0 else (1 - share) / len(weights)
    out = np.broadcast_to(others, weights.shape).astype(np.float32)
    out[part] = share
    return out / out.sum()
