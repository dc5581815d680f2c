"""Ranking metrics as exact expectations over the random order of tied items.

For a group of `t` equally scored items, `r` of them relevant, that stands below
`g` others, `m` of its places lie within the first k. Each place holds a relevant
item with probability r/t, and everything below follows from that:

    hits        r m / t
    DCG         r / t · Σ over its m places of 1 / log2(place + 1)      (places from 1)
    precision   at place g + j + 1, given that it is relevant: the hits above the
                group, this one, and (r - 1) / (t - 1) for each of the j before it
    first hit   at its place j + 1 with probability Π_{i<j} (1 - r/(t-i)) · r/(t-j)

Gains are binary. McSherry & Najork (2008), "Computing information retrieval
performance measures efficiently in the presence of tied scores", eq. 3-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from basketweave.evaluation.ranking import TiedRanks
from basketweave.graph.runs import run_starts
from basketweave.graph.subgraph import FloatArray

Metric = Callable[[TiedRanks, int], FloatArray]


def recall_at_k(ranks: TiedRanks, k: int) -> FloatArray:
    """Expected hits over the relevant items (B,)."""
    return _over(_hits(ranks, k), ranks.total)


def precision_at_k(ranks: TiedRanks, k: int) -> FloatArray:
    """Expected hits over k (B,)."""
    return _over(_hits(ranks, k), np.full(len(ranks.total), k))


def ndcg_at_k(ranks: TiedRanks, k: int) -> FloatArray:
    """Expected DCG over that of the best order, which has min(k, relevant) hits."""
    gain = _upto(1 / np.log2(np.arange(2, k + 2)))
    above = np.minimum(ranks.above, k)
    dcg = (gain[above + ranks.slots(k)] - gain[above]) * ranks.relevant / ranks.tied
    return _over(ranks.sum(dcg), gain[np.minimum(ranks.total, k)])


def map_at_k(ranks: TiedRanks, k: int) -> FloatArray:
    """Expected average precision (B,): over all relevant items, as in trec_eval."""
    inverse = _upto(1 / np.arange(1, k + 1))
    above, slots = np.minimum(ranks.above, k), ranks.slots(k)
    places = inverse[above + slots] - inverse[above]  # Σ 1 / place
    inside = slots - (above + 1) * places  # Σ j / place
    each = (ranks.relevant - 1) / np.maximum(ranks.tied - 1, 1)
    hits = (_relevant_above(ranks) + 1) * places + each * inside
    return _over(ranks.sum(ranks.relevant / ranks.tied * hits), ranks.total)


def hit_rate_at_k(ranks: TiedRanks, k: int) -> FloatArray:
    """Probability of at least one hit (B,)."""
    return _first_hit(ranks, k, np.ones(k))


def mrr_at_k(ranks: TiedRanks, k: int) -> FloatArray:
    """Expected 1 / (place of the first hit) (B,), 0 where none is within k."""
    return _first_hit(ranks, k, 1 / np.arange(1, k + 1))


METRICS: Mapping[str, Metric] = {
    "HR": hit_rate_at_k,
    "Recall": recall_at_k,
    "Precision": precision_at_k,
    "NDCG": ndcg_at_k,
    "MRR": mrr_at_k,
    "MAP": map_at_k,
}


def _hits(ranks: TiedRanks, k: int) -> FloatArray:
    return ranks.sum(ranks.relevant * ranks.slots(k) / ranks.tied)


def _over(values: FloatArray, best: npt.NDArray[Any]) -> FloatArray:
    """`values / best`, and 0 where there was nothing to find."""
    out = np.zeros_like(values)
    np.divide(values, best, out=out, where=best > 0, casting="same_kind")
    return out


def _first_hit(ranks: TiedRanks, k: int, worth: npt.NDArray[np.float64]) -> FloatArray:
    """Expected `worth` (k,) of the place of the first relevant item (B,)."""
    best = run_starts(ranks.row)
    above, tied, relevant = (x[best] for x in (ranks.above, ranks.tied, ranks.relevant))
    none_yet, out = np.ones(len(best)), np.zeros(len(best))
    for place in range(min(k, int(tied.max(initial=0)))):
        at = above + place
        here = (place < tied) & (at < k)
        chance = np.where(here, relevant / np.maximum(tied - place, 1), 0).clip(max=1)
        out += none_yet * chance * worth[np.minimum(at, k - 1)]
        none_yet *= 1 - chance
    values = np.zeros(len(ranks.total), np.float32)
    values[ranks.row[best]] = out
    return values


def _relevant_above(ranks: TiedRanks) -> npt.NDArray[np.int64]:
    """Relevant items ranked above each group (G,)."""
    before = ranks.relevant.cumsum() - ranks.relevant
    first = np.searchsorted(ranks.row, ranks.row)
    above: npt.NDArray[np.int64] = before - before[first]
    return above


def _upto(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sums of the first 0, 1, 2 … values."""
    return np.concatenate([[0.0], values.cumsum()])
