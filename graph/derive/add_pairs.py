"""Adding what shards counted, and what follows: relationships, popularity and rebuys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
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

    partials   the rows of these items, of each shard, as `rows` gives them
    """
    product = _stacked(partials, plan.n_items)
    return strongest_of(kind, product, numbers, plan, first, end)


def summed_pairs(
    kind: str, sums: Rows, numbers: Sums, plan: Plan, first: int, end: int
) -> Edges:
    """The same from sums that are there already, as `added` and `merged` give them."""
    i, j, value = sums
    starts = np.searchsorted(i, np.arange(first, end + 1))
    entries = (value.astype(np.float32), j, starts)
    rows = sp.csr_array(entries, shape=(end - first, plan.n_items))
    at = np.clip(np.arange(plan.n_items + 1) - first, 0, end - first)
    ones = (np.ones(end - first, np.float32), np.arange(end - first), at)
    left = sp.csr_array(ones, shape=(plan.n_items, end - first))
    return strongest_of(kind, Summed(left, rows), numbers, plan, first, end)


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
    """What one count says of the items `first` to `end` (without it): i, j, value.

    A count is sorted by what and i, so that this reads no other rows.
    """
    code, i, j, value = (column_of(column) for column in part.columns)
    start, stop = np.searchsorted(code, [what, what + 1])
    low, high = start + np.searchsorted(i[start:stop], [first, end])
    return i[low:high], j[low:high], value[low:high]


def added(partials: Sequence[Rows], n_items: int, first: int, end: int) -> Rows:
    """The sum of rows of the items `first` to `end`, by i and j, each pair once."""
    product = _stacked(partials, n_items)
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


def _stacked(partials: Sequence[Rows], n_items: int) -> Product:
    """The sum as a product: on the right the rows that were counted, one below the
    other; on the left a 1 for each row of an item."""
    lefts: list[IntArray] = []
    starts: list[IntArray] = []
    for i, _, _ in partials:
        begins = np.flatnonzero(np.diff(i, prepend=-1))
        lefts.append(i[begins].astype(np.int64))
        starts.append(np.diff(begins, append=len(i)))
    item = np.concatenate([*lefts, np.empty(0, np.int64)])
    sizes = np.concatenate([*starts, np.empty(0, np.int64)])
    j = np.concatenate([*(p[1] for p in partials), np.empty(0, np.int32)])
    value = np.concatenate([*(p[2] for p in partials), np.empty(0, np.float32)])
    right = sp.csr_array(
        (value, j, np.r_[0, np.cumsum(sizes)]), shape=(len(item), n_items)
    )
    ones = np.ones(len(item), value.dtype)
    at = (ones, (item, np.arange(len(item))))
    left = sp.coo_array(at, shape=(n_items, len(item))).tocsr()
    return Product(left, right)
