"""`GramFilter`: the graph filter whose scores no two vectors can hold."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from basketweave.baselines.base import Baseline, Config
from basketweave.baselines.gram import Gram
from basketweave.baselines.scaled import Scaled, ScaledConfig
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


class GramFilterConfig(Config):
    """How the two filters are made and weighed."""

    rank: int = Field(256, ge=1)
    """Directions of the ideal low-pass filter."""
    low_pass: float = Field(0.3, ge=0)
    """Weight of the low-pass filter beside the linear one (.3: Shen et al., table 4)."""

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
        scaled = Scaled.of(
            train,
            ScaledConfig(
                kind=self.config.kind, user_power=0.5, item_power=0.5, shift=0.5
            ),
        )
        self._gram = Gram(scaled.matrix)
        _, v = scaled.directions(self.config.rank, steps=4)
        self._into = (v / scaled.degree).T.astype(np.float32)  # (I, r)
        self._out = (v * scaled.degree).astype(np.float32)  # (r, I)

    def score(self, users: IntArray) -> FloatArray:
        held = self._fitted(self._seen)[users]
        linear = self._gram.step(held)
        return linear + self.config.low_pass * ((held @ self._into) @ self._out)
