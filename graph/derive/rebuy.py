"""`rebuy`: how readily an item is bought again by those who had it."""

from __future__ import annotations

import numpy as np

from basketweave.graph.derive.popularity import distinct
from basketweave.graph.derive.rows import Sums
from basketweave.graph.subgraph import Events, FloatArray
from basketweave.moments import DAY


def rebuy(
    events: Events,
    n_items: int,
    *,
    days: float = 28,
    windows: int = 2,
    half_life: float = 80,
    prior: float = 30,
) -> FloatArray:
    """Rebuys in a window of `days`, per unit of decayed purchases before it (I,).

    They are counted over the last `windows` windows, and drawn towards the mean of all
    items as if each item had `prior` units more (empirical Bayes). The result is
    relative to that mean, so 1 is usual. Only the kinds of events that count most are
    looked at: who views an item again did not buy it again. Where times are only
    positions, all are 1.
    """
    events = events.strongest
    last = int(events.time.max()) if len(events) else 0
    counts = count_rebuys(
        events, n_items, last, days=days, windows=windows, half_life=half_life
    )
    return readily(counts, prior)


def count_rebuys(
    events: Events,
    n_items: int,
    last: int,
    *,
    days: float = 28,
    windows: int = 2,
    half_life: float = 80,
) -> Sums:
    """Rebuys within the windows before `last`, and decayed purchases before: (2, I)."""
    again, before = np.zeros(n_items), np.zeros(n_items)
    pair = events.user * n_items + events.item
    left = np.exp2(
        (events.time - last) / (half_life * DAY)
    )  # as seen from the last one
    for window in range(1, windows + 1):
        start = last - window * days * DAY
        earlier = events.time <= start
        inside = ~earlier & (events.time <= start + days * DAY)
        since = 2 ** (window * days / half_life)
        before += since * np.bincount(events.item[earlier], left[earlier], n_items)
        bought = distinct(pair[inside])
        # Only who bought inside can have bought again: few, where there are many.
        buyers = np.zeros(int(events.user.max(initial=-1)) + 1, np.bool_)
        buyers[events.user[inside]] = True
        held = pair[earlier & buyers[events.user]]
        place = np.searchsorted(bought, held)
        inside_too = place < len(bought)
        inside_too[inside_too] = bought[place[inside_too]] == held[inside_too]
        rebought = bought[distinct(place[inside_too])]
        again += np.bincount(rebought % n_items, None, n_items)
    return np.stack([again, before])


def readily(counts: Sums, prior: float = 30) -> FloatArray:
    """`rebuy` (I,) from these counts (2, I)."""
    again, before = counts
    mean = again.sum() / before.sum() if before.sum() > 0 else 1.0
    if mean == 0 or not np.isfinite(mean):
        return np.ones_like(again, np.float32)
    return ((again / mean + prior) / (before + prior)).astype(np.float32)
