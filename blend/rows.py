"""Numbers of pairs of user and item, row by row: the part of a sparse matrix that a
request needs, without what it costs to make one (a tenth of a request's time each)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.graph.runs import run_starts
from basketweave.graph.subgraph import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Rows:
    """A row of items and values for each user, the items in order and each once.

    ends (U + 1,)         where rows begin, and where the last one ends
    item (N,), value (N,) positions of items, and what stands there
    """

    ends: IntArray
    item: IntArray
    value: FloatArray

    @classmethod
    def of(
        cls, n_users: int, user: IntArray, item: IntArray, value: FloatArray
    ) -> Rows:
        """Rows of pairs in any order; a pair that comes twice has the sum of both."""
        order = np.lexsort((item, user))
        user, item, value = user[order], item[order], value[order]
        first = run_starts(user, item)
        if len(first) < len(user):
            user, item, value = user[first], item[first], np.add.reduceat(value, first)
        return cls(ends(n_users, user), item, value)

    def __getitem__(self, user: int) -> tuple[IntArray, FloatArray]:
        row = slice(self.ends[user], self.ends[user + 1])
        return self.item[row], self.value[row]

    def matrix(self, n_items: int) -> sp.csr_array:
        """As (U, I) csr."""
        shape = len(self.ends) - 1, n_items
        return sp.csr_array((self.value, self.item, self.ends), shape=shape)


def ends(n_users: int, user: IntArray) -> IntArray:
    """Where the row of each user begins in sorted users (N,), and where the last ends."""
    return np.searchsorted(user, np.arange(n_users + 1)).astype(np.int64, copy=False)
