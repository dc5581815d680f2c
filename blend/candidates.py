"""Which items a request considers.

The rules come first, so that each source of candidates searches only allowed items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.blend.rules import Caps
from basketweave.graph.known import Known
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray

NEAR = np.float32(1e-5)
"""By how much a cosine may differ from itself computed in another order."""
STRETCH = 64


@dataclass(frozen=True)
class Offer:
    """Which items a request may return, and how many.

    k         how many rows the request wants
    allowed   (I,) false where a rule leaves an item out; None: all are allowed
    caps      the most items of one brand or category; None: no bound
    held      positions of the items of a session, which are never offered
    only      position of an item that is always a candidate
    factor    (I,) what scores are multiplied with; None: they are as they are
    """

    known: Known = "new"
    k: int = 10
    allowed: BoolArray | None = None
    caps: Caps | None = None
    held: IntArray | None = None
    only: int | None = None
    factor: FloatArray | None = None

    def mask(self, n: int, had: IntArray) -> BoolArray:
        """A mask (I,) of the `n` items: true for those that may be offered.

        had   positions of the items that are known to the person
        """
        mask = np.ones(n, bool) if self.allowed is None else self.allowed.copy()
        if self.known == "again":
            again = np.zeros(n, bool)
            again[had] = True
            mask &= again
        elif self.known == "new":
            mask[had] = False
        if self.held is not None:
            mask[self.held] = False
        return mask


def candidates(
    bought: IntArray,
    walked: tuple[IntArray, FloatArray],
    others: Sequence[IntArray],
    offered: BoolArray,
    n_walked: int,
    only: int | None = None,
) -> IntArray:
    """Sorted positions of the items that a request ranks.

    bought    positions of the items that the user had before
    walked    the items that the walk reaches, and their weights; of the offered ones
              the best `n_walked` become candidates, with all that equal the last
    others    positions of the most popular and of the nearest offered items
    offered   (I,) true for the items that the rules and `known` allow
    only      position of an item that is always ranked
    """
    reached, weight = walked
    left = offered[reached]
    best = reached[left][_best(weight[left], n_walked)]
    found = np.zeros(len(offered), bool)
    for some in (best, bought[offered[bought]], *others):
        found[some] = True
    if only is not None:
        found[only] = True
    return np.flatnonzero(found).astype(np.int64, copy=False)


def first(ranked: IntArray, offered: BoolArray, n: int) -> IntArray:
    """The first `n` offered items of a list of positions.

    They are mostly near its head, so the list is read in growing pieces.
    """
    found, start, size = [np.empty(0, np.int64)], 0, 4 * n
    while n > 0 and start < len(ranked):
        some = ranked[start : start + size]
        found.append(some[offered[some]][:n])
        n -= len(found[-1])
        start, size = start + size, 4 * size
    return np.concatenate(found)


def reach(values: FloatArray, n: int, margin: float | np.float32 = 0) -> IntArray:
    """Positions of all values that are at least the `n`-th largest less `margin`."""
    if n >= len(values):
        return np.arange(len(values))
    if n <= 0:
        return np.empty(0, np.int64)
    return np.flatnonzero(values >= _nth(values, n) - margin)


def bar(values: FloatArray, n: int) -> np.float32:
    """A threshold that at least `n` of the values reach, and not many more.

    It is the `n`-th largest among the maxima of groups of values. That takes a quarter
    of the time of finding the `n`-th largest of all values.
    """
    length = len(values) // STRETCH
    if length < 2 * n:
        return _nth(values, n)
    stretches = values[: STRETCH * length].reshape(STRETCH, length)
    return _nth(stretches.max(axis=0), n)


def _nth(values: FloatArray, n: int) -> np.float32:
    """The `n`-th largest value."""
    least: np.float32 = np.partition(values, len(values) - n)[len(values) - n]
    return least


def _best(weights: FloatArray, n: int) -> BoolArray:
    """Which are among the `n` largest, or as large as the last of them."""
    if len(weights) <= n:
        return weights > 0
    least = _nth(weights, n)
    return (weights > 0) & (weights >= least * np.float32(0.999999))
