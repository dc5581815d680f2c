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
    if 0 < n < len(some):
        cut = np.partition(values[some], len(some) - n)[len(some) - n]
        some = some[values[some] >= cut]
    return some[np.lexsort((order[some], -values[some]))[:n]]


def candidates(
    bought: IntArray,
    walked: tuple[IntArray, FloatArray],
    others: Sequence[IntArray],
    known: Known,
    n_walked: int,
    allowed: BoolArray | None = None,
) -> IntArray:
    """Positions of the items that a request ranks, sorted.

    bought   what the user had before
    walked   items the walk reaches, and what it gives each; the best `n_walked` of
             those offered count, and their equals
    others   the most popular items, the nearest of each vector part
    allowed  (I,) false where a rule leaves an item out
    """
    if known == "again":
        return np.sort(_kept(bought, allowed))
    reached, weight = walked
    offered = _offered(reached, bought, known, allowed)
    some, weights = reached[offered], weight[offered]
    best = some[_best(weights, n_walked)]
    found = _kept(np.unique(np.concatenate([best, bought, *others])), allowed)
    return np.setdiff1d(found, bought) if known == "new" else found


def _best(weights: FloatArray, n: int) -> BoolArray:
    """Which are among the `n` largest, or as large as the last of them."""
    if len(weights) <= n:
        return weights > 0
    least = np.partition(weights, len(weights) - n)[len(weights) - n]
    return (weights > 0) & (weights >= least * np.float32(0.999999))


def _offered(
    items: IntArray, bought: IntArray, known: Known, allowed: BoolArray | None
) -> BoolArray:
    keep = np.ones(len(items), bool) if allowed is None else allowed[items]
    return keep & ~np.isin(items, bought) if known == "new" else keep


def _kept(items: IntArray, allowed: BoolArray | None) -> IntArray:
    return items if allowed is None else items[allowed[items]]
