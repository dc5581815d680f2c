"""RP3beta: three steps of a random walk, less for items that everybody has."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.baselines.base import Config, HistoryBaseline
from basketweave.baselines.item_knn import ITEMS_AT_ONCE, strongest
from basketweave.evaluation.splits.matrices import ones
from basketweave.graph.subgraph import FloatArray, Subgraph


class RP3betaConfig(Config):
    """How far the walk follows the crowd."""

    alpha: float = Field(1, ge=0)
    """Power of each step's probability."""
    beta: float = Field(0.6, ge=0)
    """Power of the popularity by which a score is divided: 0 is the plain walk
    (P3alpha), more lifts rare items."""
    neighbours: int = Field(100, ge=1)
    """Items kept for each item."""

    def build(self) -> RP3beta:
        return RP3beta(self)


class RP3beta(HistoryBaseline[RP3betaConfig]):
    """A walk user -> item -> user -> item, divided by popularity^beta.

    Paudel et al. (2017), "Updatable, accurate, diverse, and scalable
    recommendations for interactive applications", eq. 3. With P the transition
    probabilities, each to the power alpha, the weight of j after i is
    (P_iu P_ui)_ij / users(j)^beta; an item is not its own neighbour.
    """

    def __init__(self, config: RP3betaConfig | None = None) -> None:
        super().__init__(config or RP3betaConfig())
        self._walk: sp.csr_array | None = None

    def _learn(self, train: Subgraph) -> None:
        had = ones(train.interactions(self.config.kind))
        to_item = _steps(had, self.config.alpha)
        to_user = _steps(sp.csr_array(had.T), self.config.alpha)
        users = np.maximum(np.diff(to_user.indptr), 1)
        rare = (users**-self.config.beta).astype(np.float32)
        starts = range(0, had.shape[1], ITEMS_AT_ONCE)
        rows = [self._rows(to_user, to_item, rare, start) for start in starts]
        self._walk = sp.csr_array(sp.vstack(rows, format="csr"))

    def _rows(
        self, to_user: sp.csr_array, to_item: sp.csr_array, rare: FloatArray, start: int
    ) -> sp.csr_array:
        walk = (to_user[start : start + ITEMS_AT_ONCE] @ to_item).tocsr()
        row = np.repeat(np.arange(walk.shape[0]), np.diff(walk.indptr))
        walk.data *= rare[walk.indices]
        walk.data[row + start == walk.indices] = 0
        return strongest(walk, self.config.neighbours)

    def _from(self, histories: sp.csr_array) -> FloatArray:
        scores: FloatArray = (ones(histories) @ self._fitted(self._walk)).toarray()
        return scores


def _steps(matrix: sp.csr_array, alpha: float) -> sp.csr_array:
    """Each row of a 0/1 matrix as equal probabilities, to the power alpha."""
    n = np.maximum(np.diff(matrix.indptr), 1)
    data = np.repeat((1 / n) ** alpha, np.diff(matrix.indptr)).astype(np.float32)
    return sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
