"""`FlatFilter`: the item-item graph with the top of its spectrum flattened."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.baselines.base import Baseline
from basketweave.baselines.scaled import Scaled, ScaledConfig
from basketweave.graph.derive.rows import beyond
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph

BLOCK = 1_000
LowRank = tuple[FloatArray, FloatArray]


class FlatFilterConfig(ScaledConfig):
    """The constants; the defaults were chosen on held-out tenths of Gowalla's train."""

    rank: int = Field(256, ge=1)
    """Leading directions that are flattened."""
    ridge: float = Field(0.167, gt=0)
    """A squared singular value s² becomes boost · λ s² / (s² + λ), with λ = ridge ·
    (the largest s²): no longer above boost · λ."""
    boost: float = Field(1.5, gt=0)
    """How far a flattened direction is drawn down: see `ridge`."""
    top_k: int = Field(200, ge=1)
    """Entries kept in each row, of those above 0."""

    def build(self) -> FlatFilter:
        return FlatFilter(self)


class FlatFilter(Baseline[FlatFilterConfig]):
    """score = r W, W the largest entries of D^-shift (MᵀM - V d(s²) Vᵀ) D^shift.

    The plain gram MᵀM weighs a direction of taste by s², so the few that everyone
    shares drown all others; a ridge regression such as EASE flattens them, at the
    price of an inverse over all items. Here only the `rank` leading directions are
    flattened, d(s²) = s² - boost λ s² / (s² + λ), which one randomised SVD gives.
    Only pairs of items that share a user are kept, the strongest of each row: W is
    a set of relationships, and the score a walk over them. It needs no training.
    """

    def __init__(self, config: FlatFilterConfig | None = None) -> None:
        super().__init__(config or FlatFilterConfig())

    def _learn(self, train: Subgraph) -> None:
        given = self.config
        scaled = Scaled.of(train, given)
        s, v = scaled.directions(given.rank, steps=2)
        limit = given.ridge * s[0] ** 2
        excess = s**2 - given.boost * limit * s**2 / (s**2 + limit)
        low = v.astype(np.float32), (v * excess[:, None]).astype(np.float32)
        self.walk = _edges(scaled.matrix, low, scaled.degree, given.top_k)

    def score(self, users: IntArray) -> FloatArray:
        held = self._fitted(self._seen)[users]
        return np.asarray((held @ self.walk).toarray(), np.float32)


def _edges(
    matrix: sp.csr_array, low: LowRank, degree: FloatArray, k: int
) -> sp.csr_array:
    """W (I, I), made a block of rows at a time; low is V and V d(s²) (r, I)."""
    back = sp.csr_array(matrix.T)
    n = matrix.shape[1]
    blocks = [
        _block(back[block] @ matrix, block, low, degree, k)
        for block in np.array_split(np.arange(n), n // BLOCK + 1)
    ]
    return sp.csr_array(sp.vstack(blocks, format="csr"))


def _block(
    gram: sp.csr_array, block: IntArray, low: LowRank, degree: FloatArray, k: int
) -> sp.csr_array:
    row = np.repeat(np.arange(len(block)), np.diff(gram.indptr))
    flattened = gram.data - (low[0][:, block].T @ low[1])[row, gram.indices]
    weight = flattened * degree[gram.indices] / degree[block][row]
    weight[(weight < 0) | (gram.indices == block[row])] = 0
    for place in beyond(weight, gram.indptr, k):
        weight[place] = 0
    kept = sp.csr_array((weight, gram.indices, gram.indptr), shape=gram.shape)
    kept.eliminate_zeros()
    return kept
