"""People as the items that they had last."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from basketweave.graph.subgraph import Subgraph


def recent(subgraph: Subgraph, decay: float, last: int) -> sp.csr_array:
    """(U, I): decay^k for the k-th latest of each user's `last` events, of any kind."""
    events = subgraph.all_events()
    count = np.bincount(events.user, minlength=subgraph.shape[0])
    place = np.cumsum(count)[events.user] - 1 - np.arange(len(events))
    kept = place < last
    weight = (decay ** place[kept]).astype(np.float32)
    pairs = (weight, (events.user[kept], events.item[kept]))
    return sp.csr_array(sp.coo_array(pairs, shape=subgraph.shape))
