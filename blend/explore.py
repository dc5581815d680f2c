"""Exploring: a share of an answer's places for items that ranking would not show.

Each of the first `n_open` places is, with probability `share`, an exploring one. There,
an item is drawn from one of two pools: little-known items and new ones (`LITTLE` of the
draws), or the rest of what was ranked below the answer. Within a pool each item is as
likely as the others, and none is drawn twice, so the probability with which an item
came into the answer is exact:

    item of a pool               n_open * share * (the pool's part of draws) / its size
    item of rank i (from 1)      P(at most k - i of the n_open places explore), binomial

It is logged with what was shown, and is what a counterfactual check divides by.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from basketweave.graph.subgraph import FloatArray, IntArray

LITTLE = 0.75
"""Part of the draws that little-known and new items get; the rest of the ranking gets
the others, without which a log could not judge blends that rank it higher."""

DEPTH = 100
"""Rows of a ranking that are looked at, at least. As many are candidates by popularity,
so that their scores are those of a request that looks at fewer."""
NEW = 30
"""How many of the newest items may be explored."""


@dataclass(frozen=True)
class ListPlace:
    """What stands at one place of an answer.

    row          a row of the ranking, or `n + j` for the j-th of the new items
    propensity   with what probability this item came into the answer
    explored     whether it was drawn
    """

    row: int
    propensity: float = 1.0
    explored: bool = False


def explored(
    popularity: FloatArray, new: int, k: int, share: float, seed: str
) -> list[ListPlace]:
    """The places of an answer of `k` from a ranking of `n` rows, some of them explored.

    popularity (n,)   of the ranked rows: the lower half of those below `k` is
                      little-known
    new               how many new items there are, beside the ranking
    share             of the places, from 0 to 1
    seed              the same seed draws the same
    """
    n = len(popularity)
    pools, parts = _pools(popularity, k, new)
    n_open = min(k, *(len(pool) for pool in pools)) if pools and share else 0
    rng = np.random.default_rng(list(hashlib.sha256(seed.encode()).digest()))
    explore = rng.random(n_open) < share
    which = rng.choice(max(len(pools), 1), n_open, p=parts or None)
    drawn = [iter(rng.permutation(pool)[:n_open]) for pool in pools]
    places: list[ListPlace] = []
    rank = 0
    for place in range(k):
        if place < n_open and explore[place]:
            pool = which[place]
            chance = n_open * share * parts[pool] / len(pools[pool])
            places.append(ListPlace(int(next(drawn[pool])), chance, True))
        elif rank < n:
            at_most = min(k - 1 - rank, n_open)  # explored places that leave it room
            chance = float(bdtr(at_most, n_open, share)) if n_open else 1.0
            places.append(ListPlace(rank, chance))
            rank += 1
    return places


def _pools(
    popularity: FloatArray, k: int, new: int
) -> tuple[list[IntArray], list[float]]:
    """The pools that have items, and the part of the draws that each of them gets."""
    n, below = len(popularity), np.argsort(popularity[k:], kind="stable") + k
    half = (len(below) + 1) // 2
    little = np.append(below[:half], np.arange(n, n + new))
    both = [(little.astype(np.int64), LITTLE), (below[half:], 1 - LITTLE)]
    some = [(pool, part) for pool, part in both if len(pool)]
    total = sum(part for _, part in some)
    return [pool for pool, _ in some], [part / total for _, part in some]
