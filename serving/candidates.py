"""Which items a request considers, and in which order equals stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from basketweave.serving.blend import BoolArray, FloatArray, IntArray
from basketweave.serving.request import Known


def id_order(ids: pl.Series) -> IntArray:
    """The place (I,) of each id in the order of ids, by which equals are ranked.

    >>> id_order(pl.Series(["b", "a"])).tolist()
    [1, 0]
    """
    return ids.rank("ordinal").to_numpy().astype(np.int64) - 1


def largest(values: FloatArray, n: int, order: IntArray) -> IntArray:
    """Positions of the `n` largest values above 0, best first, equals by `order`."""
    some = np.flatnonzero(values > 0)
    if len(some) > n:
        cut = np.partition(values[some], len(some) - n)[len(some) - n]
        some = some[values[some] >= cut]
    return some[np.lexsort((order[some], -values[some]))[:n]]


def candidates(
    bought: IntArray,
    walked: FloatArray,
    others: Sequence[IntArray],
    known: Known,
    n_walked: int,
    order: IntArray,
    allowed: BoolArray | None = None,
) -> IntArray:
    """Positions of the items that a request ranks, sorted.

    bought   what the user had before
    walked   (I,) what the walk gives every item; the best `n_walked` offered count
    others   the most popular items, the nearest of each vector part
    allowed  (I,) false where a rule leaves an item out
    """
    offered = np.ones(len(walked), bool) if allowed is None else allowed.copy()
    if known == "again":
        return np.sort(bought[offered[bought]])
    if known == "new":
        offered[bought] = False
    best = largest(np.where(offered, walked, 0), n_walked, order)
    found = np.unique(np.concatenate([best, bought, *others]))
    return found[offered[found]]
