"""What counts under the rule `Known`, and what may be ranked."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from basketweave.graph.known import Known
from basketweave.graph.subgraph import BoolArray, FloatArray


def counting(
    truth: sp.csr_array, seen: sp.csr_array, offered: BoolArray, known: Known
) -> sp.csr_array:
    """The entries of `truth` (Q, I) that count under the rule, as ones."""
    kept = truth.multiply(offered[None, :].astype(np.float32)).tocsr()
    if known != "any":
        again = kept.multiply(seen).tocsr()
        kept = again if known == "again" else (kept - again).tocsr()
    kept.eliminate_zeros()
    kept.sort_indices()
    kept.data[:] = 1
    return kept


def mask(
    scores: FloatArray, seen: sp.csr_array, offered: BoolArray, known: Known
) -> FloatArray:
    """A copy of `scores` (B, I) with -inf at every item the rule takes out.

    `new` masks what the user had, `again` everything else, and items that are not
    `offered` (I,) are masked under each rule.
    """
    row, column = seen.nonzero()
    if known == "again":
        kept = np.full(scores.shape, -np.inf, np.float32)
        kept[row, column] = scores[row, column]
    else:
        kept = np.array(scores, np.float32)
        if known == "new":
            kept[row, column] = -np.inf
    if not offered.all():
        kept[:, ~offered] = -np.inf
    return kept
