"""ALS and BPR: one vector per user and per item, as `implicit` trains them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit.recommender_base import ModelFitError
from pydantic import Field
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from basketweave.baselines.base import Baseline, Config, HistoryBaseline
from basketweave.errors import TrainingError
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


class FactorConfig(Config):
    """The settings that both factor models have."""

    factors: int = Field(64, ge=1)
    """Width of the vectors."""
    iterations: int = Field(15, ge=1)
    """Passes over the data."""
    regularization: float = Field(0.01, ge=0)
    """Weight of the vectors' squared length: more keeps them shorter."""
    seed: int = 0
    """Seed of the chance by which vectors start and events are drawn."""
    threads: int = Field(0, ge=0)
    """Threads that compute in parallel; 0: as many as there are cores."""


class ALSConfig(FactorConfig):
    """How ALS is trained."""

    alpha: float = Field(1, gt=0)
    """What an event adds to the confidence in an item."""

    def build(self) -> ALS:
        return ALS(self)


class BPRConfig(FactorConfig):
    """How BPR is trained: with more than one thread, no two runs are the same.

    It is the most sensitive of the baselines, so choose on validation: Amazon
    Beauty wants these defaults or more, while the Complete Journey did best with
    20 iterations at 0.01 (validation NDCG@10 .165 against .079 with 20 at 0.05).
    """

    iterations: int = Field(100, ge=1)
    learning_rate: float = Field(0.05, gt=0)
    """Length of a step of gradient descent."""
    threads: int = Field(1, ge=0)

    def build(self) -> BPR:
        return BPR(self)


class ALS(HistoryBaseline[ALSConfig]):
    """Weighted matrix factorisation by alternating least squares.

    Hu, Koren & Volinsky (2008), "Collaborative filtering for implicit feedback
    datasets", eq. 4; a user's vector is solved from the history when scoring.
    """

    def __init__(self, config: ALSConfig | None = None) -> None:
        super().__init__(config or ALSConfig())
        self._model: Any = None

    def _learn(self, train: Subgraph) -> None:
        events, alpha = train.interactions(self.config.kind), self.config.alpha
        self._model = trained(AlternatingLeastSquares, events, self.config, alpha=alpha)

    def _from(self, histories: sp.csr_array) -> FloatArray:
        model = self._fitted(self._model)
        rows = np.arange(histories.shape[0])
        with threadpool_limits(1, "blas"):
            users = model.recalculate_user(rows, sp.csr_matrix(histories))
        scores: FloatArray = users @ model.item_factors.T
        return scores


class BPR(Baseline[BPRConfig]):
    """Factors that put a user's items before others, one random pair at a time.

    Rendle et al. (2009), "BPR: Bayesian personalized ranking from implicit
    feedback", fig. 4.
    """

    def __init__(self, config: BPRConfig | None = None) -> None:
        super().__init__(config or BPRConfig())
        self._users: FloatArray | None = None
        self._items: FloatArray | None = None

    def score(self, users: IntArray) -> FloatArray:
        return self._fitted(self._users)[users] @ self._fitted(self._items).T

    def _learn(self, train: Subgraph) -> None:
        events, rate = train.interactions(self.config.kind), self.config.learning_rate
        model = trained(
            BayesianPersonalizedRanking, events, self.config, learning_rate=rate
        )
        # Vectors that no event has moved are the random ones training began with.
        bought, buys = (events.sum(axis=axis) > 0 for axis in (0, 1))
        self._users = np.where(buys[:, None], model.user_factors, 0)
        self._items = np.where(bought[:, None], model.item_factors, 0)


def trained(
    kind: Callable[..., Any], events: sp.csr_array, config: FactorConfig, **more: float
) -> Any:
    """Fit a model of the library `implicit` on event counts (U, I), and return it.

    It runs threads of its own, which those of BLAS would slow down tenfold.
    """
    with threadpool_limits(1, "blas"):
        model = kind(
            factors=config.factors,
            regularization=config.regularization,
            iterations=config.iterations,
            num_threads=config.threads,
            random_state=config.seed,
            **more,
        )
        try:
            model.fit(sp.csr_matrix(events), show_progress=False)
        except ModelFitError as error:
            raise TrainingError(
                "The factors are not finite. Raise the `regularization`, or lower "
                "the `learning_rate`."
            ) from error
    return model
