"""Distinct user-item pairs of a subgraph, as they stood at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from basketweave.graph.runs import run_sizes, run_starts
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.moments import DAY


@dataclass(frozen=True)
class Interactions:
    """Distinct (user, item) pairs, sorted by user and then by item.

    user, item (P,)   positions
    count (P,)        the number of events
    last (P,)         the time of the last event
    shape             (users, items)
    now               the time from which ages count
    """

    user: IntArray
    item: IntArray
    count: IntArray
    last: IntArray
    shape: tuple[int, int]
    now: int

    def __len__(self) -> int:
        return len(self.user)

    @property
    def key(self) -> IntArray:
        """One number for each pair, ascending."""
        return self.user * max(self.shape[1], 1) + self.item

    def matrix(self, values: npt.NDArray[np.floating]) -> sp.csr_array:
        """`values` (P,) as a user-item matrix (U, I) float32."""
        pairs = (values.astype(np.float32), (self.user, self.item))
        return sp.coo_array(pairs, shape=self.shape).tocsr()

    def fresh(self, half_life: float) -> FloatArray:
        """.5^(days since the last purchase / half_life) of each pair (P,)."""
        age = (self.now - self.last) / (half_life * DAY)
        return (0.5**age).astype(np.float32)

    def where(self, keep: npt.NDArray[np.bool_]) -> Interactions:
        """The pairs at which `keep` (P,) is true."""
        return Interactions(
            self.user[keep],
            self.item[keep],
            self.count[keep],
            self.last[keep],
            self.shape,
            self.now,
        )


@dataclass(frozen=True)
class EventLog:
    """All events of one kind, sorted by (user, item, time), for cutting in time."""

    key: IntArray
    time: IntArray
    shape: tuple[int, int]

    @classmethod
    def of(cls, subgraph: Subgraph, kind: str) -> EventLog:
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

    def pairs(self, until: int | None = None, after: int | None = None) -> Interactions:
        """The pairs of all events in (after, until]."""
        keep = np.full(len(self.time), True)
        if after is not None:
            keep &= self.time > after
        if until is not None:
            keep &= self.time <= until
        key, time = self.key[keep], self.time[keep]
        start = run_starts(key)
        count = run_sizes(start, len(key))
        return Interactions(
            user=key[start] // max(self.shape[1], 1),
            item=key[start] % max(self.shape[1], 1),
            count=count,
            last=time[start + count - 1],
            shape=self.shape,
            now=self.span[1] if until is None else until,
        )


def interactions(subgraph: Subgraph, kind: str) -> Interactions:
    """All pairs of a subgraph, seen from its `as_of`."""
    return EventLog.of(subgraph, kind).pairs(subgraph.as_of)
