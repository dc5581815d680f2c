"""The vectors of one part, and the items nearest to a user's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from basketweave.blend.candidates import NEAR, bar, reach
from basketweave.blend.rows import Rows
from basketweave.graph.cells import LOOKED_AT, Cells
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray
from basketweave.graph.vectors import unit

PAIRS = 500_000


@dataclass(frozen=True, eq=False)
class ItemVectors:
    """Unit vectors of items: `rows` (I, d), zeros where an item has none.

    cells   the same by cell, where there are too many to look at all of them
    exact   so many are looked at all the same, where rules leave no more
    """

    rows: FloatArray
    cells: Cells | None = None
    exact: int = 0

    @cached_property
    def placed(self) -> IntArray:
        """The positions of the items that have a vector."""
        return np.flatnonzero(self.rows.any(axis=1)).astype(np.int64)

    @cached_property
    def across(self) -> FloatArray:
        """The vectors of the placed items, transposed (d, P) and contiguous.

        The product of one user with all items takes .6 of the time in this layout.
        """
        return np.ascontiguousarray(self.rows[self.placed].T)


@dataclass(frozen=True, eq=False)
class Space:
    """Unit vectors of users (U, d), zeros where a user has none, and of items.

    A cosine that enters a score is always computed pair by pair. A matrix product may
    give two items with the same vector different values, and may give a user alone
    another value than the same user in a batch.
    """

    users: FloatArray
    items: ItemVectors

    def completed(self, start: Rows) -> Space:
        """This space with vectors for the users who had none.

        Such a user has the sum of the vectors of the items in `start`.
        """
        without = np.flatnonzero(~self.users.any(axis=1))
        if not len(without):
            return self
        users = self.users.copy()
        pull = start.matrix(len(self.items.rows))[without]
        users[without] = unit(pull @ self.items.rows)
        return Space(users, self.items)

    def cosines(self, user: IntArray, item: IntArray) -> FloatArray:
        """Cosines (C,) of pairs, computed in blocks because gathered rows are large."""
        blocks = [slice(b, b + PAIRS) for b in range(0, max(len(user), 1), PAIRS)]
        return np.concatenate(
            [_dots(self.users[user[b]], self.items.rows[item[b]]) for b in blocks]
        )

    def search(self, users: IntArray, allowed: BoolArray | None) -> Nearest | InCells:
        """Prepare the search for the allowed items (I,) nearest to these users (B,)."""
        cells, n = self.items.cells, len(self.items.rows)
        left = n if allowed is None else int(np.count_nonzero(allowed))
        if cells is not None and left > self.items.exact:
            # Where rules leave a third, three times as many hold as many of them.
            return InCells(self, self.users[users], cells, LOOKED_AT * n // left)
        return self._among_all(self.users[users], allowed)

    def _among_all(self, wanted: FloatArray, allowed: BoolArray | None) -> Nearest:
        placed = self.items.placed
        if allowed is not None:
            some = placed[allowed[placed]]
            if len(some) * 4 < len(placed):
                return Nearest(self, wanted, some, wanted @ self.items.rows[some].T)
        # Gathering more rows than that costs more than their cosines.
        return Nearest(self, wanted, placed, wanted @ self.items.across)


@dataclass(frozen=True, eq=False)
class Nearest:
    """Users' vectors (B, d), items (P,), and their approximate cosines (B, P)."""

    space: Space
    users: FloatArray
    items: IntArray
    nearly: FloatArray

    def first(self, row: int, offered: BoolArray, n: int, order: IntArray) -> IntArray:
        """Positions of the `n` offered items nearest to the user of this row.

        Items with equal cosines go by `order` (I,). A user without a vector gets none.
        """
        if not self.users[row].any():
            return np.empty(0, np.int64)
        nearly = self.nearly[row]
        left = self._left(nearly, offered, n)
        some = self.items[left[reach(nearly[left], n, NEAR)]]
        exact = _dots(self.users[[row]], self.space.items.rows[some])
        return some[np.lexsort((order[some], -exact))[:n]]

    def _left(self, nearly: FloatArray, offered: BoolArray, n: int) -> IntArray:
        """Places of offered items, among them the `n` nearest and their near equals.

        The nearest of all items are asked whether they are offered, four times as many
        where too few are: asking all of them takes ten times as long.
        """
        asked = 2 * n
        while asked < len(nearly):
            least = bar(nearly, asked)
            found = np.flatnonzero(nearly >= least - NEAR)
            left = found[offered[self.items[found]]]
            if np.count_nonzero(nearly[left] >= least) >= n:
                return left
            asked *= 4
        return np.flatnonzero(offered[self.items])


@dataclass(frozen=True, eq=False)
class InCells:
    """Users' vectors (B, d), and cells of which those with `least` items are searched."""

    space: Space
    users: FloatArray
    cells: Cells
    least: int

    def first(self, row: int, offered: BoolArray, n: int, order: IntArray) -> IntArray:
        """As `Nearest.first`, but an item in a far cell is missed.

        Where the cells have too few offered items, all items are looked at.
        """
        user = self.users[row]
        if not user.any():
            return np.empty(0, np.int64)
        items, nearly = self.cells.near(user, self.least)
        found = Nearest(self.space, self.users[[row]], items, nearly[None])
        first = found.first(0, offered, n, order)
        if len(first) == n:
            return first
        every = self.space._among_all(self.users[[row]], None)
        return every.first(0, offered, n, order)


def _dots(users: FloatArray, items: FloatArray) -> FloatArray:
    """Dot products (C,) of rows (C, d), or of one row with each."""
    if users.shape != items.shape:
        users = np.broadcast_to(users, items.shape)
    found: FloatArray = np.einsum("nd,nd->n", users, items)
    return found
