"""Distinct user-item pairs of a subgraph, as they stood at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph

DAY = 86_400


@dataclass(frozen=True)
class Pairs:
    """Distinct (user, item) pairs, sorted by user and then by item.

    user, item (P,)   positions
    count (P,)        how often
    last (P,)         when last
    weight (P,)       Σ .5^(age / half-life) over the pair's events
    """

    user: IntArray
    item: IntArray
    count: IntArray
    last: IntArray
    weight: FloatArray
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.user)

    def matrix(self, values: FloatArray) -> sp.csr_array:
        """`values` (P,) as a user-item matrix (U, I)."""
        pairs = (values.astype(np.float32), (self.user, self.item))
        return sp.coo_array(pairs, shape=self.shape).tocsr()


@dataclass(frozen=True)
class Log:
    """All events of one kind, sorted by (user, item, time), for cutting in time."""

    key: IntArray
    time: IntArray
    shape: tuple[int, int]

    @classmethod
    def of(cls, subgraph: Subgraph, kind: str) -> Log:
        """The events of `kind`; none where the subgraph has no such events."""
        if kind not in subgraph.events:
            none = np.zeros(0, np.int64)
            return cls(none, none, subgraph.shape)
        events = subgraph.events[kind]
        key = events.user * max(subgraph.shape[1], 1) + events.item
        order = np.argsort(key, kind="stable")
        return cls(key[order], events.time[order], subgraph.shape)

    @property
    def span(self) -> tuple[int, int]:
        """The times of the first and the last event; (0, 0) without events."""
        if not len(self.time):
            return 0, 0
        return int(self.time.min()), int(self.time.max())

    def pairs(
        self, half_life: float, until: int | None = None, after: int | None = None
    ) -> Pairs:
        """The pairs of all events in (after, until]; ages count from `until`.

        half_life   in days
        """
        key, time = self._between(after, until)
        now = self.span[1] if until is None else until
        fresh = 0.5 ** ((now - time) / (half_life * DAY))
        start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]][: len(key)])
        end = np.r_[start[1:], len(key)]
        weight = np.add.reduceat(fresh, start) if len(key) else fresh
        return Pairs(
            user=key[start] // max(self.shape[1], 1),
            item=key[start] % max(self.shape[1], 1),
            count=(end - start).astype(np.int64),
            last=time[end - 1] if len(key) else time,
            weight=weight.astype(np.float32),
            shape=self.shape,
        )

    def _between(
        self, after: int | None, until: int | None
    ) -> tuple[IntArray, IntArray]:
        if after is None and until is None:
            return self.key, self.time
        keep = np.full(len(self.time), True)
        if after is not None:
            keep &= self.time > after
        if until is not None:
            keep &= self.time <= until
        return self.key[keep], self.time[keep]
