"""Sampled metrics, only to stand beside a published figure that used them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from basketweave.evaluation import HistoryScores, Scores, Split
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Among:
    """A model that ranks, for each user, only the wanted items and some drawn ones.

    Sampled metrics do not estimate the metrics of the full ranking: Krichene & Rendle
    (2020), "On sampled metrics for item recommendation".
    """

    model: Scores
    row: dict[int, int]
    listed: BoolArray

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I), -inf outside each user's sample."""
        rows = [self.row[int(user)] for user in users]
        out: FloatArray = np.where(
            self.listed[rows], self.model.score(users), -np.inf
        ).astype(np.float32)
        return out


def among(
    models: Mapping[str, Scores | HistoryScores],
    split: Split,
    negatives: int,
    seed: int = 0,
) -> dict[str, Among]:
    """`models` asked about each user's wanted items and `negatives` others.

    All models get the same draw: without replacement, from the offered items that the
    user neither wants nor had.
    """
    rng = np.random.default_rng(seed)
    wanted, had = split.truth.toarray() > 0, split.seen.toarray() > 0
    draw = rng.random(wanted.shape, np.float32)
    draw[wanted | had | ~split.offered] = 2
    n = min(negatives, draw.shape[1] - 1)
    listed = wanted.copy()
    np.put_along_axis(listed, np.argpartition(draw, n, axis=1)[:, :n], True, axis=1)
    listed[(draw > 1) & ~wanted] = False
    row = {int(user): n for n, user in enumerate(split.users)}
    asked = {}
    for label, model in models.items():
        assert isinstance(model, Scores), "sessions are ranked in full"
        asked[label] = Among(model, row, listed)
    return asked
