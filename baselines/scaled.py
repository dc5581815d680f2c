"""`Scaled`: purchases divided by powers of degrees, which item-item filters pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from pydantic import Field
from sklearn.utils.extmath import randomized_svd

from basketweave.baselines.base import Config
from basketweave.graph.interactions import interactions
from basketweave.graph.subgraph import FloatArray, Subgraph


class ScaledConfig(Config):
    """How purchases are scaled; chosen on held-out tenths of Gowalla's train."""

    user_power: float = Field(0.35, ge=0, le=1)
    """Power of a user's degree in M = D_u^-user_power R D_i^-item_power."""
    item_power: float = Field(0.3, ge=0, le=1)
    """Power of an item's degree there."""
    shift: float = Field(0.3, ge=0, le=1)
    """How much of an item's degree enters and leaves a filter: D_i^-shift …
    D_i^shift."""


@dataclass(frozen=True)
class Scaled:
    """Purchases as M, and D_i^shift.

    matrix (U, I), degree (I,)
    """

    matrix: sp.csr_array
    degree: FloatArray

    @classmethod
    def of(cls, train: Subgraph, config: ScaledConfig) -> Scaled:
        """The scaled purchases of `train`, each pair of user and item counted once."""
        pairs = interactions(train, config.kind)
        rows = pairs.matrix(np.ones(len(pairs), np.float32))
        by_user, by_item = (
            np.maximum(np.asarray(rows.sum(axis=a)).ravel(), 1) for a in (1, 0)
        )
        values = by_user[pairs.user] ** -config.user_power
        values *= by_item[pairs.item] ** -config.item_power
        degree = (by_item**config.shift).astype(np.float32)
        return cls(pairs.matrix(values.astype(np.float32)), degree)

    def directions(self, rank: int, steps: int) -> tuple[FloatArray, FloatArray]:
        """The largest singular values of M (r,) and its directions of items (r, I).

        `steps` of power iteration make the later of them more exact.
        """
        found = min(rank, *self.matrix.shape)
        _, s, v = randomized_svd(self.matrix, found, n_iter=steps, random_state=0)
        return s, v
