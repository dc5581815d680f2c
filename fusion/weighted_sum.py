"""`WeightedSum`: several models' scores in one, for models of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from basketweave.choosing.search import CandidateTable, ideal, search
from basketweave.evaluation import HistoryScores, Scores, Split
from basketweave.graph.subgraph import FloatArray, IntArray

Model = Scores | HistoryScores
SHORTLIST = 200


@dataclass(frozen=True)
class WeightedSum:
    """Score-level fusion: Σ weight * z, z a model's scores in units of their spread.

    Each request's scores are centred and divided by their standard deviation over
    the items that the model ranks; an item that it does not rank counts as its
    lowest. That is score normalisation as in Fox & Shaw (1994), CombSUM, weighted.
    """

    models: Mapping[str, Model]
    weights: Mapping[str, float]

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item for `users` (B,)."""
        return self._sum("score", users)

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Scores (B, I) after each history, the newest item last."""
        return self._sum("score_histories", histories)

    def _sum(self, ask: str, asked: Any) -> FloatArray:
        total: FloatArray | None = None
        for label, weight in self.weights.items():
            if weight == 0:
                continue
            part = np.float32(weight) * standardised(
                getattr(self.models[label], ask)(asked)
            )
            total = part if total is None else total + part
        assert total is not None, "the weights sum to 1"
        return total


def standardised(scores: FloatArray) -> FloatArray:
    """Each row (B, I) with mean 0 and spread 1 over its finite entries.

    >>> standardised(np.array([[1.0, 3.0, -np.inf]], np.float32)).tolist()
    [[-1.0, 1.0, -1.0]]
    """
    finite = np.isfinite(scores)
    n = np.maximum(finite.sum(axis=1, keepdims=True), 1)
    held = np.where(finite, scores, 0)
    mean = held.sum(axis=1, keepdims=True) / n
    apart = np.where(finite, held - mean, 0)
    spread = np.sqrt((apart**2).sum(axis=1, keepdims=True) / n)
    z = apart / np.maximum(spread, 1e-9)
    lowest = np.where(finite, z, 0).min(axis=1, keepdims=True)
    out: FloatArray = np.where(finite, z, lowest).astype(np.float32)
    return out


def learn_sum(
    models: Mapping[str, Model], split: Split, *, rows: int = 1_500, seed: int = 0
) -> WeightedSum:
    """The weights that rank best on `split`, which the models were not fitted on.

    Searched over each request's shortlist: the best of every model.
    """
    asked = split.under()
    some = np.random.default_rng(seed).permutation(len(asked))[:rows]
    asked = asked.only(np.sort(some))
    blocks = [_block(models, asked, part) for part in asked.blocks()]
    weights, _ = search(list(models), blocks)
    return WeightedSum(models, weights)


def _block(models: Mapping[str, Model], split: Split, rows: slice) -> CandidateTable:
    scores = [split.scores(model, rows) for model in models.values()]
    n = min(SHORTLIST, scores[0].shape[1])
    best = [np.argpartition(-one, n - 1, axis=1)[:, :n] for one in scores]
    listed = np.sort(np.concatenate(best, axis=1), axis=1)
    again = np.zeros(listed.shape, bool)
    again[:, 1:] = listed[:, 1:] == listed[:, :-1]
    truth = split.truth[rows]
    relevant = np.take_along_axis(truth.toarray(), listed, 1) * ~again
    values = [
        np.where(again, -1e3, np.take_along_axis(standardised(one), listed, 1)).ravel()
        for one in scores
    ]
    total = np.diff(truth.indptr)
    return CandidateTable(
        np.stack(values).astype(np.float32), relevant.astype(np.float32), ideal(total)
    )
