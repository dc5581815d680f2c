"""The leading directions of a purchase graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh
from sklearn.utils.extmath import randomized_svd

from basketweave.graph.interactions import Interactions
from basketweave.graph.subgraph import FloatArray

EXACT = 4_000
"""Sides up to which eigenvectors are exact: 2,500 take a second, 4,000 four."""


@dataclass(frozen=True)
class Spectrum:
    """R' ≈ U S Vᵀ, with the largest singular values first.

    users (U, r), values (r,), items (I, r), and the mean squared row length of R'
    """

    users: FloatArray
    values: FloatArray
    items: FloatArray
    power: float

    def gain(self, shrink: float) -> FloatArray:
        """The Wiener filter s² / (s² + noise) (r,), its noise `shrink` times the power."""
        squared = self.values**2
        kept = squared / np.maximum(squared + shrink * self.power, 1e-12)
        return kept.astype(np.float32)


def spectrum(
    pairs: Interactions,
    values: FloatArray,
    rank: int,
    user_power: float,
    item_power: float,
) -> Spectrum:
    """The `rank` leading directions of R' = D_u^-user_power R D_i^-item_power.

    `values` (P,) are the entries of R. Where there are fewer directions than `rank`
    the rest is zeros.
    """
    plain = pairs.matrix(values)
    by_user, by_item = (np.maximum(plain.sum(axis=a), 1e-9) for a in (1, 0))
    scale = by_user[pairs.user] ** -user_power * by_item[pairs.item] ** -item_power
    matrix = pairs.matrix(values * scale)
    power = float((matrix.data.astype(np.float64) ** 2).sum()) / matrix.shape[0]
    found = min(rank, *matrix.shape)
    if min(matrix.shape) > EXACT:
        u, s, v = randomized_svd(matrix, found, n_iter=4, random_state=0)
    elif matrix.shape[0] <= matrix.shape[1]:
        u, s = _eigen((matrix @ matrix.T).toarray(), found)
        v = (matrix.T @ u / s).T
    else:
        w, s = _eigen((matrix.T @ matrix).toarray(), found)
        u, v = matrix @ w / s, w.T
    wide = (0, rank - found)
    return Spectrum(
        users=np.pad(u, ((0, 0), wide)).astype(np.float32),
        values=np.pad(s, wide).astype(np.float32),
        items=np.pad(v.T, ((0, 0), wide)).astype(np.float32),
        power=power,
    )


def rotation(basis: FloatArray, reference: FloatArray) -> FloatArray:
    """The orthogonal (r, r) that turns `basis` (I, r) onto `reference` (I, r) best.

    Schönemann (1966), "A generalized solution of the orthogonal Procrustes problem".
    """
    u, _, v = np.linalg.svd(basis.T @ reference)
    turn: FloatArray = (u @ v).astype(np.float32)
    return turn


def _eigen(
    gram: npt.NDArray[np.float32], rank: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The leading eigenvectors (n, r) and the roots of their eigenvalues (r,)."""
    n = len(gram)
    values, vectors = eigh(gram, subset_by_index=[n - rank, n - 1])
    roots = np.sqrt(np.maximum(values[::-1], 1e-12))
    return vectors[:, ::-1], roots
