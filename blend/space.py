"""The vectors of one part, and the items nearest to a user's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from basketweave.blend.candidates import NEAR, reach
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray
from basketweave.graph.vectors import unit


@dataclass(frozen=True, eq=False)
class ItemVectors:
    """Unit vectors of items: `rows` (I, d), zeros where an item has none."""

    rows: FloatArray

    @cached_property
    def placed(self) -> IntArray:
        """The positions of the items that have a vector."""
        return np.flatnonzero(self.rows.any(axis=1)).astype(np.int64)

    @cached_property
    def compact(self) -> FloatArray:
        """Their vectors."""
        every = len(self.placed) == len(self.rows)
        return self.rows if every else self.rows[self.placed]


@dataclass(frozen=True, eq=False)
class Space:
    """Unit vectors of users (U, d), zeros where there is none, and of items.

    A cosine that counts is always computed pair by pair: a matrix product may give two
    items with one vector two values, and one user alone another value than in a batch.
    """

    users: FloatArray
    items: ItemVectors

    def completed(self, start: sp.csr_array) -> Space:
        """A user without a vector has the sum of the items that they start from (U, I)."""
        without = np.flatnonzero(~self.users.any(axis=1))
        if not len(without):
            return self
        users = self.users.copy()
        users[without] = unit(start[without] @ self.items.rows)
        return Space(users, self.items)

    def cosines(self, user: IntArray, item: IntArray) -> FloatArray:
        """Cosines (C,) of pairs, some at a time: the gathered rows are large."""
        blocks = np.array_split(np.arange(len(user)), len(user) // 500_000 + 1)
        return np.concatenate(
            [_dots(self.users[user[b]], self.items.rows[item[b]]) for b in blocks]
        )

    def search(self, users: IntArray, allowed: BoolArray | None) -> Nearest:
        """Get ready to look for the nearest of the allowed items (I,) of these users."""
        wanted, placed = self.users[users], self.items.placed
        kept = np.ones(len(placed), bool) if allowed is None else allowed[placed]
        some = placed[kept]
        if len(some) * 4 < len(placed):
            return Nearest(self, wanted, some, wanted @ self.items.rows[some].T)
        nearly = wanted @ self.items.compact.T  # gathering so many rows costs more
        return Nearest(self, wanted, some, nearly if kept.all() else nearly[:, kept])


@dataclass(frozen=True, eq=False)
class Nearest:
    """Users' vectors (B, d), items (P,), and their cosines (B, P), nearly."""

    space: Space
    users: FloatArray
    items: IntArray
    nearly: FloatArray

    def first(self, row: int, offered: BoolArray, n: int, order: IntArray) -> IntArray:
        """The `n` offered items (I,) nearest to one of the users, equals by `order`."""
        if not self.users[row].any():
            return np.empty(0, np.int64)
        left = offered[self.items]
        some = self.items[left]
        some = some[reach(self.nearly[row, left], n, NEAR)]
        exact = _dots(self.users[[row]], self.space.items.rows[some])
        return some[np.lexsort((order[some], -exact))[:n]]


def _dots(users: FloatArray, items: FloatArray) -> FloatArray:
    """Dot products (C,) of rows (C, d), or of one row with each."""
    users = np.broadcast_to(users, items.shape)
    found: FloatArray = np.einsum("nd,nd->n", users, items)
    return found
