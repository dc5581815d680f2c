"""Adding what shards counted, and what follows: relationships, popularity and rebuys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import scipy.sparse as sp

from basketweave.graph.derive.co_purchased import bought_together
from basketweave.graph.derive.columns import column_of
from basketweave.graph.derive.count_pairs import BUYERS, NUMBER, NUMBERS, ROUNDING
from basketweave.graph.derive.counted import Counted
from basketweave.graph.derive.facts import Plan
from basketweave.graph.derive.followed_by import Weighed, strongest_followers
from basketweave.graph.derive.popularity import popular
from basketweave.graph.derive.rebuy import readily
from basketweave.graph.derive.rows import Product, Rows, Summed, Sums
from basketweave.graph.schema import CO_PURCHASED
from basketweave.graph.subgraph import Edges, FloatArray, IntArray


def added_numbers(partials: Iterable[pa.Table], n_items: int) -> Sums:
    """The numbers of all items, (N, I) in order of `NUMBERS`."""
    total = np.zeros((len(NUMBERS), n_items))
    for part in partials:
        i, j, value = rows(part, NUMBER, 0, n_items)
        total[j, i] += value  # a part names each number of an item once
    return total


def scores(numbers: Sums) -> dict[str, FloatArray]:
    """The item properties `popularity` and `rebuy` (I,) from the numbers of all."""
    first = NUMBERS.index("bought")
    return {
        "popularity": popular(numbers[first : first + BUYERS]),
        "rebuy": readily(numbers[first + BUYERS : first + BUYERS + 2]),
    }


def added_pairs(
    kind: str,
    partials: Sequence[Rows],
    numbers: Sums,
    plan: Plan,
    first: int,
    end: int,
) -> Edges:
    """The relationships of the items `first` to `end` (without it).

    partials   the rows of these items, of each shard, in any order
    """
    product = _product(partials, plan.n_items, first, end)
    return strongest_of(kind, product, numbers, plan, first, end)


def summed_pairs(
    kind: str, sums: Rows, numbers: Sums, plan: Plan, first: int, end: int
) -> Edges:
    """The same from sums that are there already, as `added` and `merged` give them."""
    i, j, value = sums
    starts = np.searchsorted(i, np.arange(first, end + 1))
    entries = (value.astype(np.float32), j, starts)
    rows = sp.csr_array(entries, shape=(end - first, plan.n_items))
    product = Summed(_one_each(first, end, plan.n_items), rows)
    return strongest_of(kind, product, numbers, plan, first, end)


def strongest_of(
    kind: str, product: Product, numbers: Sums, plan: Plan, first: int, end: int
) -> Edges:
    """The relationships of the items `first` to `end` from the product of all."""
    block, config = np.arange(first, end), plan.config
    seen, out, into = numbers[:3]
    if kind == CO_PURCHASED:
        counted = Counted(product, seen, seen, plan.groups)
        return bought_together(
            counted, config.co_purchased, sources=block, least=plan.least
        )
    weighed: Weighed = config.followed_by
    if plan.together:
        weighed = config.followed_by_baskets
    return strongest_followers(Counted(product, out, into), weighed, sources=block)


def rows(part: pa.Table, what: int, first: int, end: int) -> Rows:
    """What one count says of the items `first` to `end` (without it): i, j, value."""
    low, high = begins(part, what, (first, end))
    _, i, j, value = (column_of(column) for column in part.columns)
    return i[low:high], j[low:high], value[low:high]


def begins(part: pa.Table, what: int, items: Sequence[int]) -> IntArray:
    """The row at which what a count says of each of these items, and later ones, begins.

    A count is sorted by what and i, so that this reads few rows; of another type than
    the column's, numpy would first convert all of them.
    """
    code, i = (column_of(column) for column in part.columns[:2])
    start, stop = np.searchsorted(code, np.array([what, what + 1], code.dtype))
    return start + np.searchsorted(i[start:stop], np.asarray(items, i.dtype))


def added(partials: Sequence[Rows], n_items: int, first: int, end: int) -> Rows:
    """The sum of rows of the items `first` to `end`, by i and j, each pair once."""
    product = _product(partials, n_items, first, end)
    block = sp.csr_array(product.left[first:end] @ product.right)
    block.sort_indices()
    i = np.repeat(np.arange(first, end, dtype=np.int32), np.diff(block.indptr))
    return i, block.indices, block.data


def merged(kept: Rows, change: Rows, n_items: int) -> Rows:
    """The sum of two, both as `added` gives them.

    What is left of a pair from which all was taken off is no pair: rounding leaves some
    1e-16 of it, a person who bought long ago a millionth.
    """
    i, j, value = kept
    key, more = i * np.int64(n_items) + j, change[0] * np.int64(n_items) + change[1]
    at = np.searchsorted(key, more)
    both = np.zeros(len(at), bool)
    inside = at < len(key)
    both[inside] = key[at[inside]] == more[inside]
    total, found = value.copy(), at[both]
    total[found] += change[2][both]
    total[found] *= np.abs(total[found]) > 1e-10 * value[found]
    new = ~both
    columns = zip((i, j, total), change, strict=True)
    i, j, total = (np.insert(old, at[new], one[new]) for old, one in columns)
    some = total > ROUNDING
    return (i, j, total) if some.all() else (i[some], j[some], total[some])


def _product(partials: Sequence[Rows], n_items: int, first: int, end: int) -> Product:
    """The sum as a product: on the right the rows of each item, a pair as often as it was
    counted; on the left a 1 for each item.

    Grouping them by item costs the same however many partials there are. With one row for
    each item of each partial, of 500 partials these were as many as the pairs themselves,
    and 17 M rows took 1.7 to 2.9 s instead of .5.
    """
    i = np.concatenate([np.empty(0, np.int32), *(p[0] for p in partials)])
    j = np.concatenate([np.empty(0, np.int32), *(p[1] for p in partials)])
    value = np.concatenate([p[2] for p in partials] or [np.empty(0, np.float32)])
    counted = sp.coo_array((value, (i - first, j)), shape=(end - first, n_items))
    counted.has_canonical_format = True  # else it adds them here, which is slower
    return Product(_one_each(first, end, n_items, value.dtype), counted.tocsr())


def _one_each(
    first: int, end: int, n_items: int, of: npt.DTypeLike = np.float32
) -> sp.csr_array:
    """A 1 for each of the items `first` to `end`: (I, end - first)."""
    at = np.clip(np.arange(n_items + 1) - first, 0, end - first)
    ones = (np.ones(end - first, of), np.arange(end - first), at)
    return sp.csr_array(ones, shape=(n_items, end - first))
