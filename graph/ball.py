"""`ball`: item norms as a further dimension, so that a cosine depends on them."""

from __future__ import annotations

import numpy as np

from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import unit


def ball(users: FloatArray, items: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors whose cosine ranks items as the inner product does.

    users (U, d), items (I, d) -> (U, d + 1), (I, d + 1). With M the longest item:
    item' = [x, √(M² - |x|²)] / M and user' = [u, 0] / |u|, so that the cosine is
    u·x / (|u| M). Bachrach et al. (2014), "Speeding up the Xbox recommender system
    using a Euclidean transformation for inner-product spaces", theorem 1.
    """
    # In float64: for the longest items the root is a small difference.
    x = items.astype(np.float64)
    squared = (x * x).sum(axis=1)
    longest = max(float(squared.max(initial=0)), 1e-24)
    rest = np.sqrt(np.maximum(longest - squared, 0))
    lifted = np.c_[x, rest] / np.sqrt(longest)
    return unit(np.c_[users, np.zeros(len(users))]), lifted.astype(np.float32)
