"""Rating baselines: biases alone, and matrix factorisation, both by least squares."""

from __future__ import annotations

from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import Field

from basketweave.errors import UsageError
from basketweave.evaluation.splits.matrices import ones
from basketweave.evaluation.splits.parts import events_of
from basketweave.graph.schema import RATED
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.settings import Settings

Array = npt.NDArray[np.float64]


class RatingConfig(Settings):
    """The settings that both rating models have."""

    kind: str = RATED
    """The kind of event whose value is predicted."""
    shrink_users: float = Field(10, gt=0)
    """Ratings of nothing but the mean that each user is given beside their own: one of
    whom little is known stays near the mean."""
    shrink_items: float = Field(1, gt=0)
    """The same of each item."""
    sweeps: int = Field(15, ge=1)
    """Passes of alternating least squares."""


class BiasConfig(RatingConfig):
    """How biases are fitted."""

    def build(self) -> Biases:
        """The model, not fitted yet."""
        return Biases(self)


class FactorisationConfig(RatingConfig):
    """How factors are fitted."""

    factors: int = Field(16, ge=1)
    """Width of the vectors."""
    shrink: float = Field(10, gt=0)
    """Weight of their squared length."""
    seed: int = 0
    """Seed of the chance by which they start."""

    def build(self) -> MatrixFactorisation:
        """The model, not fitted yet."""
        return MatrixFactorisation(self)


class Biases:
    """stars = mean + b_user + b_item: Koren (2008), "Factorization meets the
    neighborhood", section 2.1, solved exactly in place of by gradients."""

    def __init__(self, config: RatingConfig | None = None) -> None:
        self.config = config or BiasConfig()
        self.mean: float | None = None

    def fit(self, train: Subgraph) -> Self:
        """Learn from the ratings in `train`, and return the model itself."""
        events = events_of(train, self.config.kind)
        self._learn(_matrix(events.user, events.item, events.value, train.shape))
        return self

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        """Stars (B,) of these pairs; a user or item without ratings has a bias of 0."""
        if self.mean is None:
            raise UsageError("These biases are not fitted yet. Call fit(train).")
        found = self.mean + self.of_users[users] + self.of_items[items]
        return (found + self._beyond(users, items)).astype(np.float32)

    def score(self, users: IntArray) -> FloatArray:
        """Stars (B, I) of every item."""
        items = np.arange(len(self.of_items), dtype=np.int64)
        return np.stack([self.predict(np.full_like(items, u), items) for u in users])

    def _beyond(self, users: IntArray, items: IntArray) -> Array:
        return np.zeros(len(users))

    def _learn(self, stars: sp.csr_array) -> None:
        self.mean = float(stars.data.mean())
        rest = stars.copy()
        rest.data = rest.data - self.mean
        self.of_users, self.of_items = (
            np.zeros(stars.shape[0]),
            np.zeros(stars.shape[1]),
        )
        c, there = self.config, ones(stars)
        for _ in range(c.sweeps):
            left = rest.sum(axis=0) - there.T @ self.of_users
            self.of_items = left / (there.sum(axis=0) + c.shrink_items)
            left = rest.sum(axis=1) - there @ self.of_items
            self.of_users = left / (there.sum(axis=1) + c.shrink_users)


class MatrixFactorisation(Biases):
    """stars = mean + b_user + b_item + p_user · q_item.

    Koren, Bell & Volinsky (2009), "Matrix factorization techniques for recommender
    systems", eq. 4; each side's factors and bias together by alternating least
    squares, given the other's.
    """

    config: FactorisationConfig

    def __init__(self, config: FactorisationConfig | None = None) -> None:
        super().__init__(config or FactorisationConfig())

    def factors(self) -> tuple[Array, Array]:
        """[p, b, 1] (U, f + 2) and [q, 1, b] (I, f + 2): their products are the stars
        beyond the mean."""
        users = np.c_[self._p, self.of_users, np.ones(len(self._p))]
        return users, np.c_[self._q, np.ones(len(self._q)), self.of_items]

    def _beyond(self, users: IntArray, items: IntArray) -> Array:
        return np.einsum("nd,nd->n", self._p[users], self._q[items])

    def _learn(self, stars: sp.csr_array) -> None:
        super()._learn(stars)
        assert self.mean is not None
        rest, c = stars.copy(), self.config
        rest.data = rest.data - self.mean
        rng = np.random.default_rng(c.seed)
        self._q = rng.normal(0, 0.1, (stars.shape[1], c.factors))
        across = sp.csr_array(rest.T)
        for _ in range(c.sweeps):
            self._p, self.of_users = _solved(
                rest, self._q, self.of_items, c.shrink, c.shrink_users
            )
            self._q, self.of_items = _solved(
                across, self._p, self.of_users, c.shrink, c.shrink_items
            )


def _solved(
    stars: sp.csr_array, others: Array, bias: Array, shrink: float, shrink_bias: float
) -> tuple[Array, Array]:
    """Each row's ridge regression on [factors, 1] of those it rates."""
    design = np.c_[others, np.ones(len(others))]
    ridge = np.diag(np.r_[np.full(others.shape[1], shrink), shrink_bias])
    out = np.zeros((stars.shape[0], design.shape[1]))
    for row in np.flatnonzero(np.diff(stars.indptr)):
        part = slice(stars.indptr[row], stars.indptr[row + 1])
        x, at = design[stars.indices[part]], stars.indices[part]
        out[row] = np.linalg.solve(x.T @ x + ridge, x.T @ (stars.data[part] - bias[at]))
    return out[:, :-1], out[:, -1]


def _matrix(
    user: IntArray, item: IntArray, stars: FloatArray, shape: tuple[int, int]
) -> sp.csr_array:
    """Stars (U, I), csr; of several ratings of one pair the mean."""
    summed = sp.coo_array((stars.astype(float), (user, item)), shape=shape).tocsr()
    count = sp.coo_array((np.ones(len(user)), (user, item)), shape=shape).tocsr()
    summed.data = summed.data / count.data
    return summed
