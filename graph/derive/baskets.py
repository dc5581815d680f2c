"""Baskets: the events of one user at one time, as rows of a sparse matrix.

Where times are finer than seconds, events milliseconds apart are of different baskets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from basketweave.graph.runs import run_starts
from basketweave.graph.subgraph import Events, FloatArray, IntArray


@dataclass(frozen=True)
class Baskets:
    """Baskets in order of user and time.

    items (B, I)              1 for each item of a basket; where events count less, the
                              root of the most that one of its events counts
    user (B,), time (B,)      whose basket it is, and when
    """

    items: sp.csr_array
    user: IntArray
    time: IntArray


def baskets(events: Events, n_items: int, *, by_user: bool = False) -> Baskets:
    """Group events (sorted by user, then time) into baskets.

    A sequence without times has its positions as times, so each of its baskets
    is one item. `by_user` puts all items of a user into one basket.
    """
    if len(events) == 0:
        none = np.empty(0, np.int64)
        empty = sp.csr_array(np.zeros((0, n_items), np.float32))
        return Baskets(empty, none, none)
    new = np.r_[True, np.diff(events.user) != 0 if by_user else apart(events)]
    row = np.cumsum(new) - 1
    shape = (int(row[-1]) + 1, n_items)
    return Baskets(_held(row, events, shape), events.user[new], events.time[new])


def _held(row: IntArray, events: Events, shape: tuple[int, int]) -> sp.csr_array:
    if events.weight is None:
        ones = np.ones(len(events), np.float32)
        items = sp.coo_array((ones, (row, events.item)), shape=shape).tocsr()
        items.sum_duplicates()
        items.data[:] = 1
        return items
    first, most = strongest(row * shape[1] + events.item, events.weight)
    pairs = (np.sqrt(most), (row[first], events.item[first]))
    return sp.coo_array(pairs, shape=shape).tocsr()


def strongest(key: IntArray, weight: FloatArray) -> tuple[IntArray, FloatArray]:
    """For each key, ascending: the place of one of its events, and the most that one of
    them counts."""
    order = np.argsort(key, kind="stable")
    starts = run_starts(key[order])
    most = np.maximum.reduceat(weight[order], starts) if len(starts) else weight
    return order[starts], most


def in_baskets(events: Events) -> bool:
    """Whether users buy 1.5 items or more at a time, on average.

    Of kinds of events that count less it is not asked: views come one by one.
    """
    events = events.strongest
    if len(events) == 0:
        return False
    return in_baskets_of(len(events), 1 + int(apart(events).sum()))


def in_baskets_of(events: int, baskets: int) -> bool:
    """The same from how many events and baskets there are."""
    return events > 0 and events >= 1.5 * baskets


def apart(events: Events) -> npt.NDArray[np.bool_]:
    """Whether each event but the first is of another basket than the one before."""
    apart = np.diff(events.user) != 0
    for column in (events.time, events.millis):
        if column is not None:
            apart |= np.diff(column) != 0
    return apart
