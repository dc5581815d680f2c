"""Where the relevant items stand in a ranking, with ties at every place they share.

Items with equal scores are in random order, so a tied relevant item has not one
rank but a range of them. All metrics here are exact expectations over that order:
`TiedRanks` holds all that they need, and one partial sort a batch finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from basketweave.errors import DataError
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class TiedRanks:
    """Groups (G,) of equally scored items that hold a relevant one, best first.

    row        the user's row; rows ascend, and within a row `above` does
    above      items scored higher: the group's ranks from 0 are above … above +
               tied - 1; only groups with above < depth are kept
    tied       items in the group
    relevant   how many of them are relevant
    total (B,) relevant items of each row, wherever they rank
    pair (P,)  the group of each relevant item (in csr order), -1 where none
    """

    row: IntArray
    above: IntArray
    tied: IntArray
    relevant: IntArray
    total: IntArray
    pair: IntArray

    def slots(self, k: int) -> IntArray:
        """How many of each group's places (G,) lie within the first `k`."""
        return np.clip(k - self.above, 0, self.tied)

    def chances(self, k: int) -> FloatArray:
        """The probability (P,) that each relevant item is among the first `k`."""
        chance = np.append(self.slots(k) / self.tied, 0.0)
        return chance[self.pair].astype(np.float32)

    def sum(self, values: npt.NDArray[np.floating]) -> FloatArray:
        """Per-group values (G,) summed for each row (B,)."""
        summed = np.bincount(self.row, values, minlength=len(self.total))
        return summed.astype(np.float32)


def tied_ranks(
    scores: FloatArray, relevant: sp.csr_array, top: FloatArray
) -> TiedRanks:
    """Rank the relevant items (B, I) by `scores` (B, I), as deep as `top` goes.

    `top` is `highest(scores, depth)`. Items at -inf are not offered: a relevant
    one among them has no rank.
    """
    depth = top.shape[1]
    row, item = _entries(relevant)
    own = scores[row, item]
    floor = top[:, -1]
    ranked = np.flatnonzero((own >= floor[row]) & (own > -np.inf))
    row, own = row[ranked], own[ranked]
    above = (top[row] > own[:, None]).sum(axis=1)
    tied = (top[row] == own[:, None]).sum(axis=1)
    last = own == floor[row]
    tied[last] = _count_at(scores, floor, row[last])
    key, first, group, count = np.unique(
        row * depth + above, return_index=True, return_inverse=True, return_counts=True
    )
    pair = np.full(relevant.nnz, -1, np.int64)
    pair[ranked] = group
    total = np.diff(relevant.indptr).astype(np.int64)
    return TiedRanks(key // depth, key % depth, tied[first], count, total, pair)


def top_k(scores: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """The `k` best items of each row and their scores, both (B, k), best first.

    Equal scores stand in the order of the items. Where fewer than `k` items are
    offered, the rest is item -1 with score -inf.
    """
    floor = highest(scores, k)[:, -1]
    row, item = np.nonzero((scores >= floor[:, None]) & (scores > -np.inf))
    order = np.lexsort((item, -scores[row, item], row))
    row, item = row[order], item[order]
    n = np.bincount(row, minlength=len(scores))
    rank = np.arange(len(row)) - (n.cumsum() - n)[row]
    row, item, rank = (x[rank < k] for x in (row, item, rank))
    items = np.full((len(scores), k), -1, np.int64)
    best = np.full((len(scores), k), -np.inf, np.float32)
    items[row, rank], best[row, rank] = item, scores[row, item]
    return items, best


def highest(scores: FloatArray, depth: int) -> FloatArray:
    """The `depth` highest scores of each row, descending: all where there are fewer.

    Raises `DataError` where a score is not a number.
    """
    start = max(scores.shape[1] - depth, 0)
    top = np.partition(scores, start, axis=1)[:, start:]
    top.sort(axis=1)
    # Sorting puts NaN last, so any in a row is among its highest.
    if np.isnan(top[:, -1]).any():
        raise DataError("A model gave a score that is not a number. Train it again.")
    return np.ascontiguousarray(top[:, ::-1])


def _entries(matrix: sp.csr_array) -> tuple[IntArray, IntArray]:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows.astype(np.int64), matrix.indices.astype(np.int64)


def _count_at(scores: FloatArray, floor: FloatArray, rows: IntArray) -> IntArray:
    """How many items of each of `rows` score exactly its floor."""
    which: BoolArray = np.zeros(len(scores), np.bool_)
    which[rows] = True
    counts = np.zeros(len(scores), np.int64)
    counts[which] = (scores[which] == floor[which, None]).sum(axis=1)
    return counts[rows]
