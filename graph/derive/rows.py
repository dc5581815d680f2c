"""The strongest entries in each row of an item-item matrix, never held whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from basketweave.graph.subgraph import Edges, FloatArray, IntArray

# Items a block: its product then has some 5 M entries, which stay near the cache. Each
# product also takes memory for all columns, so that of more than BLOCKS blocks that would
# be most of what they cost.
BLOCK, BLOCKS = 2_000, 50

Sums = npt.NDArray[np.float64]

Rows = tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], npt.NDArray[np.floating]]
"""Entries of an item-item matrix, by i: i, j, value."""


@dataclass(frozen=True)
class Product:
    """left (I, N) @ right (N, I): how strongly two items belong together.

    It is never held whole: on the Complete Journey it has 60 M entries, of which the
    strongest 50 a row are kept. The diagonal does not count.
    """

    left: sp.csr_array
    right: sp.csr_array

    def sums(self) -> tuple[Sums, Sums]:
        """The product's row sums and column sums, both (I,), without computing the
        product.

        They are added in float64, so that those of shards give those of the whole.
        """
        left, right = (m.astype(np.float64) for m in (self.left, self.right))
        ones = np.ones(left.shape[0])
        diagonal = np.asarray(left.multiply(right.T).sum(axis=1)).ravel()
        rows = left @ (right @ ones) - diagonal
        columns = right.T @ (left.T @ ones) - diagonal
        return _above_zero(rows), _above_zero(columns)

    def strongest(
        self,
        rows: FloatArray,
        columns: FloatArray,
        k: int,
        *,
        at_least: float = 0,
        shrink: float = 0,
        sources: IntArray | None = None,
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """The `k` entries of each row with the largest weight = entry * row * column.

        Returns `index` (2, E), the entries (E,) and the weights (E,). Entries below
        `at_least` are left out, and so are rows that are not in `sources`. Where there
        is such a bound, `shrink` is added to what the weight divides by: it is
        entry / (1 / (row * column) + shrink).
        """
        given = np.arange(self.left.shape[0]) if sources is None else sources
        if not at_least:
            return _largest(self, given, rows, columns, k)
        n = max(BLOCK, self.left.shape[0] // BLOCKS)
        blocks = np.array_split(given, len(given) // n + 1)

        def one(block: IntArray) -> _Found:
            return _strongest(self, block, rows, columns, k, at_least, shrink)

        # Two threads: scipy's product runs without Python's lock.
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(one, blocks))
        index, entries, weights = zip(*found, strict=True)
        return (
            np.concatenate(index, axis=1),
            np.concatenate(entries),
            np.concatenate(weights),
        )


@dataclass(frozen=True)
class Summed(Product):
    """A product whose rows are there already, each pair once: on the left a 1 for each."""

    def strongest(
        self,
        rows: FloatArray,
        columns: FloatArray,
        k: int,
        *,
        at_least: float = 0,
        shrink: float = 0,
        sources: IntArray | None = None,
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """As of any product; the sources are the items that have a row, in order."""
        given = np.arange(self.right.shape[0]) if sources is None else sources
        if not at_least:
            return _largest(self, given, rows, columns, k)
        return _found(self.right, given, rows, columns, k, at_least, shrink)


_Found = tuple[IntArray, FloatArray, FloatArray]


def _largest(
    product: Product, given: IntArray, rows: FloatArray, columns: FloatArray, k: int
) -> _Found:
    """Without a bound on the entries: a library that never makes the others."""
    right = product.right
    scaled = sp.csr_matrix(
        (right.data * columns[right.indices], right.indices, right.indptr),
        shape=right.shape,
    )
    left = sp.csr_matrix(product.left[given])
    # One more, for the diagonal; largest first, so that what is too many comes last.
    part = sp_matmul_topn(left, scaled, k + 1, sort=True, n_threads=2)
    size = np.diff(part.indptr)
    row, column = np.repeat(given, size), part.indices
    keep = (column != row) & (part.data > 0)
    before = np.r_[0, np.cumsum(keep)]
    keep &= before[1:] - np.repeat(before[part.indptr[:-1]], size) <= k
    row, column, scaled_entry = row[keep], column[keep], part.data[keep]
    entry = scaled_entry / columns[column]
    weight = (scaled_entry * rows[row]).astype(np.float32)
    return np.stack([row, column]).astype(np.int64), entry, weight


def _strongest(
    product: Product,
    block: IntArray,
    rows: FloatArray,
    columns: FloatArray,
    k: int,
    at_least: float,
    shrink: float,
) -> _Found:
    part = sp.csr_array(product.left[block] @ product.right)
    return _found(part, block, rows, columns, k, at_least, shrink)


def _found(
    part: sp.csr_array,
    block: IntArray,
    rows: FloatArray,
    columns: FloatArray,
    k: int,
    at_least: float,
    shrink: float,
) -> _Found:
    # Most entries are too small, so that only the rows of the others are written out.
    some = np.flatnonzero(part.data >= at_least)
    row = np.repeat(block, np.diff(np.searchsorted(some, part.indptr)))
    other = part.indices[some] != row
    some, row = some[other], row[other]
    starts = np.searchsorted(some, part.indptr)
    column, entry = part.indices[some], part.data[some]
    weight = entry * rows[row] * columns[column]
    if shrink:
        weight /= 1 + shrink * rows[row] * columns[column]
    keep = weight > 0
    for place in beyond(weight, starts, k):
        keep[place] = False
    index = np.stack([row[keep], column[keep]]).astype(np.int64)
    return index, entry[keep], weight[keep].astype(np.float32)


def beyond(
    weight: FloatArray, starts: npt.NDArray[np.integer], k: int
) -> Iterator[npt.NDArray[np.integer]]:
    """For each row longer than `k`, the places of all but its `k` largest entries.

    Most rows are short, so only long ones are partitioned: sorting all entries took
    four times as long (24 M entries in 68,000 rows).
    """
    for row in np.flatnonzero(np.diff(starts) > k):
        start, end = starts[row], starts[row + 1]
        yield start + np.argpartition(weight[start:end], -k)[:-k]


def power(values: npt.NDArray[np.floating], exponent: float) -> FloatArray:
    """`values ** exponent`, and 0 where a value is 0 (a row without events)."""
    out = np.zeros_like(values, dtype=np.float32)
    np.power(values, exponent, out=out, where=values > 0)
    return out


def frame(edges: Edges, ids: pl.Series) -> pl.DataFrame:
    """The edges as a table that a store takes: `src`, `dst` ids, then the columns."""
    columns = {name: pl.Series(name, values) for name, values in edges.columns.items()}
    source, target = edges.index
    return pl.DataFrame({"src": ids[source], "dst": ids[target], **columns})


def _above_zero(sums: Sums) -> Sums:
    """Sums of what is not negative; what rounding left of a zero sum is zero."""
    return np.where(sums > 1e-6, sums, 0)
