"""Which items a request considers: rules first, so that each kind finds its own."""

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
    """What may come back from a request, and how many.

    k         how many rows it wants
    allowed   (I,) false where a rule leaves an item out; None: all are allowed
    caps      at most so many of one brand or category
    held      positions of the items of a session, which are never offered
    only      position of an item that is a candidate whatever the rest says
    """

    known: Known = "new"
    k: int = 10
    allowed: BoolArray | None = None
    caps: Caps | None = None
    held: IntArray | None = None
    only: int | None = None

    def mask(self, n: int, bought: IntArray) -> BoolArray:
        """Which of `n` items (I,) may be offered to someone who had `bought`."""
        mask = np.ones(n, bool) if self.allowed is None else self.allowed.copy()
        if self.known == "again":
            again = np.zeros(n, bool)
            again[bought] = True
            mask &= again
        elif self.known == "new":
            mask[bought] = False
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
    """Positions of the items that a request ranks, sorted.

    bought    what the user had before
    walked    items the walk reaches, and what it gives each; the best `n_walked` of
              those offered count, and their equals
    others    the most popular and the nearest of the offered items
    offered   (I,) what the rules and `known` leave
    only      an item that is ranked whatever the rest says
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
    """The first `n` offered items of a list of positions; mostly near its head."""
    found, start, size = [np.empty(0, np.int64)], 0, 4 * n
    while n > 0 and start < len(ranked):
        some = ranked[start : start + size]
        found.append(some[offered[some]][:n])
        n -= len(found[-1])
        start, size = start + size, 4 * size
    return np.concatenate(found)


def reach(values: FloatArray, n: int, margin: float | np.float32 = 0) -> IntArray:
    """Positions of the `n` largest values, of their equals, and of those within a margin."""
    if n >= len(values):
        return np.arange(len(values))
    if n <= 0:
        return np.empty(0, np.int64)
    return np.flatnonzero(values >= _nth(values, n) - margin)


def bar(values: FloatArray, n: int) -> np.float32:
    """A value that at least `n` of the values reach, and few more do.

    The `n`-th largest of the largest values of stretches: a quarter of the time that
    the `n`-th largest of all takes.
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
