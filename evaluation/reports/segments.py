"""Segments: users by how active they were, items by how many bought them."""

from __future__ import annotations

import numpy as np
import polars as pl

from basketweave.graph.subgraph import FloatArray, IntArray

UPPER = (0, 3, 10, 30)
LABELS = ("none", "1 to 3", "4 to 10", "11 to 30", "more than 30")


def by_count(counts: IntArray, values: dict[str, FloatArray]) -> pl.DataFrame:
    """Means of `values` (n,) by the segment that each count (n,) falls into.

    Columns: `events` (the segment), `n` (how many rows it has), one a value;
    segments without any row are left out.
    """
    segment = np.searchsorted(UPPER, counts)
    size = np.bincount(segment, minlength=len(LABELS))
    there = np.flatnonzero(size)
    means = {
        name: np.bincount(segment, each, len(LABELS))[there] / size[there]
        for name, each in values.items()
    }
    frame = {"events": [LABELS[s] for s in there], "n": size[there]}
    return pl.DataFrame({**frame, **means})
