"""`Baseline`: the three verbs that every baseline shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Self, TypeVar

import numpy as np
import scipy.sparse as sp

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.splits.known import mask
from basketweave.evaluation.splits.matrices import ones
from basketweave.graph.known import Known
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.settings import Settings


class Config(Settings):
    """The settings that every baseline has."""

    kind: str = PURCHASED
    """The kind of event that it learns from."""

    def build(self) -> Baseline[Any]:
        """The model that this configures, not fitted yet."""
        raise NotImplementedError


C = TypeVar("C", bound=Config)
T = TypeVar("T")


class Baseline(ABC, Generic[C]):
    """Learns from a subgraph, scores every item for users, recommends the best.

    Users and items are positions in the subgraph. A model that needs a history
    scores all items alike for a user who has none.
    """

    def __init__(self, config: C) -> None:
        self.config = config
        self._seen: sp.csr_array | None = None

    def fit(self, train: Subgraph) -> Self:
        """Learn from `train`, and return the model itself.

        Raises `DataError` where there are no events of the config's kind.
        """
        kind = self.config.kind
        if kind not in train.events or not len(train.events[kind]):
            raise DataError(
                f"{type(self).__name__} learns from {kind} events, and there are none. "
                f"Choose another `kind` from {', '.join(train.events) or 'none'}."
            )
        self._learn(train)
        return self._remember(train)

    def refresh(self, subgraph: Subgraph) -> Self:
        """Read from `subgraph` what people had; what was learnt stays as it is.

        For new events: users and items must be those that it was fitted on. A model
        whose users are learnt too (BPR) only takes note of what they had.
        """
        self._fitted(self._seen)
        return self._remember(subgraph)

    @abstractmethod
    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item for `users` (B,); higher is better."""

    def recommend(
        self, users: IntArray, k: int = 10, known: Known = "any"
    ) -> tuple[IntArray, FloatArray]:
        """The `k` best items for each user and their scores, both (B, k).

        known   `new` leaves out what a user had, `again` all else
        Item -1 with score -inf fills rows that have fewer than `k` items to offer.
        """
        if k < 1:
            raise UsageError(f"`k` must be 1 or more; {k} is not.")
        seen = self._fitted(self._seen)[users]
        offered = np.full(seen.shape[1], True)
        return top_k(mask(self.score(users), seen, offered, known), k)

    @abstractmethod
    def _learn(self, train: Subgraph) -> None: ...

    def _read(self, subgraph: Subgraph) -> None:
        """What scores need of each user's history, if anything."""

    def _remember(self, subgraph: Subgraph) -> Self:
        self._read(subgraph)
        self._seen = ones(subgraph.interactions(self.config.kind))
        return self

    def _fitted(self, learnt: T | None) -> T:
        if learnt is None:
            raise UsageError(
                f"This {type(self).__name__} has learnt nothing yet. Call fit(train)."
            )
        return learnt


class HistoryBaseline(Baseline[C]):
    """A baseline whose scores follow from the counts of a user's items alone.

    So it also scores histories of users that were not there when it was fitted.
    """

    _histories: sp.csr_array | None = None

    def _read(self, subgraph: Subgraph) -> None:
        self._histories = subgraph.interactions(self.config.kind)

    def score(self, users: IntArray) -> FloatArray:
        return self._from(self._fitted(self._histories)[users])

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Scores (B, I) after each history of item positions."""
        n_items = self._fitted(self._histories).shape[1]
        row = np.arange(len(histories)).repeat([len(h) for h in histories])
        item = np.concatenate([*histories, np.zeros(0, np.int64)])
        data = np.ones(len(row), np.float32)
        shape = len(histories), n_items
        return self._from(sp.csr_array((data, (row, item)), shape=shape))

    @abstractmethod
    def _from(self, histories: sp.csr_array) -> FloatArray:
        """Scores (B, I) from event counts (B, I)."""
