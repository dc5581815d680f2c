"""EASE: a linear model of every item from all others, in closed form.

Steck (2019), "Embarrassingly shallow autoencoders for sparse data", eq. 8: with
P = (XᵀX + λI)⁻¹, the weights are B = I - P / diag(P), and a history h scores h B.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse as sp
from pydantic import Field
from scipy.linalg import lapack

from basketweave.baselines.base import Config, HistoryBaseline
from basketweave.baselines.supported import Supported, most_supported
from basketweave.errors import TrainingError
from basketweave.evaluation.splits.matrices import ones
from basketweave.graph.subgraph import FloatArray, Subgraph


class EASEConfig(Config):
    """How EASE is regularised and bounded."""

    regularization: float = Field(250, gt=0)
    """The weight λ of the ridge; more where there are few users for each item."""
    max_side: int = Field(12_500, ge=1)
    """The longest side of a matrix that is inverted: 10,000 take 1 GB and 24 CPU
    seconds, twice as many eight times as long."""

    def build(self) -> EASE:
        return EASE(self)


class EASE(HistoryBaseline[EASEConfig]):
    """EASE, exact where there are at most `max_side` items or users.

    With fewer users than items it is solved in the users (`Dual`), which gives the
    same scores and needs no item-item matrix. With more of both, only the items
    with most users are modelled, and all others rank after them.
    """

    def __init__(self, config: EASEConfig | None = None) -> None:
        super().__init__(config or EASEConfig())
        self._items: Supported | None = None
        self._weights: Linear | None = None

    def _learn(self, train: Subgraph) -> None:
        bought = ones(train.interactions(self.config.kind))
        bought = bought[np.diff(bought.indptr) > 0]
        side = self.config.max_side
        fits = min(bought.shape) <= side
        self._items = most_supported(bought, bought.shape[1] if fits else side)
        x = self._items.narrow(bought).tocsr()
        regularization, few_users = self.config.regularization, x.shape[0] < x.shape[1]
        self._weights = (
            Dual(x, regularization) if few_users else Primal(x, regularization)
        )

    def _from(self, histories: sp.csr_array) -> FloatArray:
        items, weights = self._fitted(self._items), self._fitted(self._weights)
        return items.widen(weights.score(ones(items.narrow(histories))))


class Linear(Protocol):
    """Weights B between items, stored as they are (`Primal`) or by users (`Dual`)."""

    def score(self, histories: sp.csr_array) -> FloatArray:
        """h B (B, J) for 0/1 histories (B, J)."""
        ...


class Primal:
    """The item-item weights B (J, J) themselves, from X (U, J)."""

    def __init__(self, x: sp.csr_array, regularization: float) -> None:
        inverse = _inverse((x.T @ x).toarray(), regularization)
        weights = np.divide(inverse, -inverse.diagonal(), out=inverse)
        np.fill_diagonal(weights, 0)
        self._weights = weights

    def score(self, histories: sp.csr_array) -> FloatArray:
        """h B (B, J) for 0/1 histories (B, J)."""
        scores: FloatArray = histories @ self._weights
        return scores


class Dual:
    """The same weights in the space of users, for X (U, J) with U < J.

    By Woodbury's identity λP = I - XᵀAX with A = (XXᵀ + λI)⁻¹ (U, U), so that
    h B = (h XᵀA X - h∘d) / (1 - d), where d = diag(XᵀAX).
    """

    def __init__(self, x: sp.csr_array, regularization: float) -> None:
        self._x = x
        self._inverse = _inverse((x @ x.T).toarray(), regularization)
        self._items = x.T.tocsr()
        self._own = np.concatenate(
            [self._diagonal(i) for i in range(0, x.shape[1], 2000)]
        )

    def _diagonal(self, start: int) -> FloatArray:
        block = self._items[start : start + 2000]
        own: FloatArray = block.multiply(block @ self._inverse).sum(axis=1)
        return own

    def score(self, histories: sp.csr_array) -> FloatArray:
        """h B (B, J) for 0/1 histories (B, J)."""
        alike = (histories @ self._items).toarray() @ self._inverse  # (B, U)
        scores = np.ascontiguousarray((self._items @ alike.T).T)
        row, item = histories.nonzero()
        scores[row, item] -= self._own[item]
        scores /= 1 - self._own
        return scores


def _inverse(gram: FloatArray, regularization: float) -> FloatArray:
    """(gram + λI)⁻¹, in place where LAPACK can; `gram` (n, n) is symmetric."""
    gram[np.diag_indices_from(gram)] += np.float32(regularization)
    factor, failed = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    if not failed:
        factor, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise TrainingError("EASE could not be solved. Raise its `regularization`.")
    return _mirrored(factor.T)


def _mirrored(upper: FloatArray, step: int = 2000) -> FloatArray:
    """The symmetric matrix of which only the upper half was filled, in place."""
    for start in range(0, len(upper), step):
        these, later = slice(start, start + step), slice(start + step, None)
        corner = np.triu(upper[these, these])
        upper[these, these] = corner + np.triu(corner, 1).T
        upper[later, these] = upper[these, later].T
    return upper
