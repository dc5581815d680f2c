"""The centres of cells, and the cell of each vector.

Centres are learned by spherical k-means (Dhillon & Modha, 2001) on a sample. Where there
are many, centres have centres of their own, as in a vocabulary tree (Nistér & Stewénius,
2006), so that a vector is compared with a bounded number of them.
"""

from __future__ import annotations

import numpy as np

from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import unit

ROUNDS = 4
SAMPLE = 32
"""Vectors for each centre that the centres are learned from."""
AT_ONCE = 8_192
COMPARED = 1_536
"""Centres that a vector is compared with, of whatever number."""
GROUPED = 16
"""Centres for each group of them."""


def centres(rows: FloatArray, seed: int = 0) -> FloatArray:
    """Centres (L, d) of unit vectors (P, d).

    Four times the root of their number: fewer cells would each hold more of what is
    far, more take longer to choose among than to look through.
    """
    n = max(min(4 * int(len(rows) ** 0.5), len(rows)), 1)
    return _means(rows, n, np.random.default_rng(seed))


def _means(rows: FloatArray, n: int, random: np.random.Generator) -> FloatArray:
    """Centres (n, d) by spherical k-means on a sample."""
    some = random.choice(len(rows), min(SAMPLE * n, len(rows)), replace=False)
    sample = rows[np.sort(some)]
    found = sample[random.choice(len(sample), n, replace=False)]
    for _ in range(ROUNDS):
        cell = nearest_centre(found, sample)
        order = np.argsort(cell, kind="stable")
        held, first = np.unique(cell[order], return_index=True)
        found[held] = unit(np.add.reduceat(sample[order], first))
    return found


def nearest_centre(centres: FloatArray, rows: FloatArray) -> IntArray:
    """The number (P,) of the centre nearest to each vector, or of one nearly so.

    Of more than `COMPARED` centres, groups are made; a vector is compared with those
    that lie nearest to the middle of its group, of whatever group they are. So the cost
    for a vector hardly grows with the centres.
    """
    if len(centres) <= COMPARED:
        return _nearest(centres, rows)
    middle = _means(centres, len(centres) // GROUPED, np.random.default_rng(0))
    group = nearest_centre(middle, rows)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(1, len(middle)))
    cell = np.empty(len(rows), np.int64)
    for one, held in zip(middle, np.split(order, ends), strict=True):
        near = np.argpartition(-(centres @ one), COMPARED)[:COMPARED]
        cell[held] = near[_nearest(centres[near], rows[held])]
    return cell


def _nearest(centres: FloatArray, rows: FloatArray) -> IntArray:
    """The number (P,) of the centre nearest to each vector: all are compared."""
    blocks = range(0, len(rows), AT_ONCE)
    across = np.ascontiguousarray(centres.T)
    each = [(rows[b : b + AT_ONCE] @ across).argmax(axis=1) for b in blocks]
    return np.concatenate([np.empty(0, np.int64), *each])
