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
    """A row of items and values for each user: items sorted, none of them twice.

    ends (U + 1,)         where each row begins, and where the last one ends
    item (N,), value (N,) positions of items, and their values
    """

    ends: IntArray
    item: IntArray
    value: FloatArray

    @classmethod
    def of(
        cls, n_users: int, user: IntArray, item: IntArray, value: FloatArray
    ) -> Rows:
        """Rows from pairs in any order; the values of a repeated pair are summed."""
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
        """The rows as a sparse matrix (U, I)."""
        shape = len(self.ends) - 1, n_items
        return sp.csr_array((self.value, self.item, self.ends), shape=shape)


def ends(n_users: int, user: IntArray) -> IntArray:
    """Where each user's row begins, and where the last one ends: (U + 1,).

    user (N,)   the user of each entry, sorted
    """
    return np.searchsorted(user, np.arange(n_users + 1)).astype(np.int64, copy=False)
