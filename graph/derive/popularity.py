"""Item popularity: how many users bought it lately."""

from __future__ import annotations

import numpy as np

from basketweave.graph.subgraph import Events, FloatArray

DAY = 86_400


def popularity(events: Events, n_items: int, *, days: float = 28) -> FloatArray:
    """Distinct users who bought each item (I,) in the last `days` of the events.

    Where times are only positions in a sequence the last `days` say nothing, so
    all events count.
    """
    if len(events) == 0:
        return np.zeros(n_items, np.float32)
    recent = events.time > events.time.max() - days * DAY
    pair = events.user[recent] * n_items + events.item[recent]
    return np.bincount(np.unique(pair) % n_items, minlength=n_items).astype(np.float32)
