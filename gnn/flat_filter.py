"""`FlatFilter`: the item-item graph with the top of its spectrum flattened."""

from __future__ import annotations

from typing import Self

import numpy as np
import scipy.sparse as sp
from pydantic import BaseModel, ConfigDict, Field
from sklearn.utils.extmath import randomized_svd

from basketweave.errors import UsageError
from basketweave.gnn.gram import Gram
from basketweave.gnn.purchases import Log
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


class FlatFilterConfig(BaseModel):
    """The constants; the defaults were chosen on held-out tenths of Gowalla's train.

    user_power, item_power   M = D_u^-user_power R D_i^-item_power
    shift      how much of an item's degree enters and leaves: D_i^-shift … D_i^shift
    rank       leading directions that are flattened
    ridge      a squared singular value s² becomes boost · λ s² / (s² + λ), with
               λ = ridge · (the largest s²): no longer above boost · λ
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = PURCHASED
    user_power: float = Field(0.35, ge=0, le=1)
    item_power: float = Field(0.3, ge=0, le=1)
    shift: float = Field(0.3, ge=0, le=1)
    rank: int = Field(256, ge=1)
    ridge: float = Field(0.167, gt=0)
    boost: float = Field(1.5, gt=0)


class FlatFilter:
    """score = r D_i^-shift (MᵀM - V diag(s² - flat(s²)) Vᵀ) D_i^shift.

    The plain gram MᵀM weighs a direction of taste by s², so the few that everyone
    shares drown all others; a ridge regression such as EASE flattens them, at the
    price of an inverse over all items. Here only the `rank` leading directions are
    flattened, which one randomised SVD gives. It needs no training, and like the
    `GramFilter` it is a scorer: its item-item matrix has the catalogue's rank.
    """

    def __init__(self, config: FlatFilterConfig | None = None) -> None:
        self.config = config or FlatFilterConfig()
        self._rows: sp.csr_array | None = None

    def fit(self, train: Subgraph) -> Self:
        """Learn from the purchases of `train`; gives the model itself."""
        given = self.config
        pairs = Log.of(train, given.kind).pairs(half_life=1)
        ones = pairs.matrix(np.ones(len(pairs), np.float32))
        by_user, by_item = (
            np.maximum(np.asarray(ones.sum(axis=a)).ravel(), 1) for a in (1, 0)
        )
        values = by_user[pairs.user] ** -given.user_power
        values *= by_item[pairs.item] ** -given.item_power
        matrix = pairs.matrix(values.astype(np.float32))
        self._gram = Gram(matrix)
        rank = min(given.rank, *matrix.shape)
        _, s, v = randomized_svd(matrix, rank, n_iter=2, random_state=0)
        limit = given.ridge * s[0] ** 2
        excess = s**2 - given.boost * limit * s**2 / (s**2 + limit)
        self._out = (by_item**given.shift).astype(np.float32)
        self._v = v.astype(np.float32)
        self._excess = excess.astype(np.float32)
        self._rows = sp.csr_array(ones @ sp.diags_array(1 / self._out, format="csr"))
        return self

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item for `users` (B,), positions in `train`."""
        if self._rows is None:
            raise UsageError("This FlatFilter has learnt nothing yet. Call fit(train).")
        rows = self._rows[users]
        spectral = ((rows @ self._v.T) * self._excess) @ self._v
        return (self._gram.step(rows) - spectral) * self._out
