"""People as the items that they had last."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.training.encoder import EncoderConfig


class RecentConfig(EncoderConfig):
    """What encoders of content share: a person is the sum of the items had last.

    They learn from no events, so `kind` and `norms` change nothing.
    """

    encodes_others = True
    norms: bool = False
    decay: float = Field(0.7, gt=0, le=1)
    """A person is the sum of the latest items, the k-th from the last counting
    decay^k."""
    recent: int = Field(10, ge=1)
    """How many latest items of a person are summed."""
    seed: int = 0
    """Seed of the random numbers that narrow the vectors to `dim`."""


def of_recent(
    items: FloatArray, subgraph: Subgraph, config: RecentConfig
) -> FloatArray:
    """What the users of `subgraph` (U, w) are by rows of its items (I, w)."""
    return np.asarray(recent(subgraph, config.decay, config.recent) @ items, np.float32)


def recent(subgraph: Subgraph, decay: float, last: int) -> sp.csr_array:
    """A matrix (U, I) with decay^k for the k-th latest of each user's `last` events.

    Events of all kinds count, each as much as its kind does.
    """
    events = subgraph.all_events().counted
    count = np.bincount(events.user, minlength=subgraph.shape[0])
    place = np.cumsum(count)[events.user] - 1 - np.arange(len(events))
    kept = place < last
    weight = (decay ** place[kept]).astype(np.float32)
    if events.weight is not None:
        weight *= events.weight[kept]
    pairs = (weight, (events.user[kept], events.item[kept]))
    return sp.csr_array(sp.coo_array(pairs, shape=subgraph.shape))
