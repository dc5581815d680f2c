"""`GramFilter`: the graph filter whose scores no two vectors can hold."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from sklearn.utils.extmath import randomized_svd

from basketweave.baselines.base import Baseline, Config
from basketweave.baselines.gram import Gram
from basketweave.graph.interactions import interactions
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


class GramFilterConfig(Config):
    """How the two filters are made and weighed."""

    rank: int = Field(256, ge=1)
    """Directions of the ideal low-pass filter."""
    low_pass: float = Field(0.3, ge=0)
    """Weight of the low-pass filter beside the linear filter (.3: Shen et al., table 4)."""

    def build(self) -> GramFilter:
        return GramFilter(self)


class GramFilter(Baseline[GramFilterConfig]):
    """GF-CF: a step along the item-item graph R'ᵀR', plus a low-pass filter.

    R' = D_u^-½ R D_i^-½, score = r R'ᵀR' + low_pass · r D_i^-½ V Vᵀ D_i^½. Shen et
    al. (2021), "How powerful is graph convolution for recommendation?", eq. 15. The
    first part has the rank of the catalogue, so this is a scorer and not an
    encoder: `GraphFilter` is the second part as vectors.
    """

    def __init__(self, config: GramFilterConfig | None = None) -> None:
        super().__init__(config or GramFilterConfig())

    def _learn(self, train: Subgraph) -> None:
        pairs = interactions(train, self.config.kind)
        rows = pairs.matrix(np.ones(len(pairs), np.float32))
        by_user, by_item = (
            np.maximum(rows.sum(axis=axis), 1) ** -0.5 for axis in (1, 0)
        )
        values = by_user[pairs.user] * by_item[pairs.item]
        linear = pairs.matrix(values.astype(np.float32))
        self._gram = Gram(linear)
        rank = min(self.config.rank, *linear.shape)
        _, _, v = randomized_svd(linear, rank, n_iter=4, random_state=0)
        self._into = (v * by_item).T.astype(np.float32)  # (I, r)
        self._out = (v / by_item).astype(np.float32)  # (r, I)

    def score(self, users: IntArray) -> FloatArray:
        held = self._fitted(self._seen)[users]
        linear = self._gram.step(held)
        return linear + self.config.low_pass * ((held @ self._into) @ self._out)
