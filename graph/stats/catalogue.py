"""Whether the catalogue describes the items that were bought."""

from __future__ import annotations

import numpy as np

from basketweave.graph.schema import IN_CATEGORY, ITEM, MADE_BY
from basketweave.graph.subgraph import Subgraph

FEW = 0.05
"""As when a file is read: below this share, ids of two worlds have met."""


def strangers(graph: Subgraph) -> tuple[int, int] | None:
    """The counts of items with events and of described items, if hardly one is both.

    None where the two overlap.

    An item is described where it has a title, a category or a brand.
    """
    described = _described(graph)
    sold = np.zeros(len(described), bool)
    for events in graph.events.values():
        sold[events.item] = True
    n_sold, n_described = int(sold.sum()), int(described.sum())
    both = int((sold & described).sum())
    if not n_sold or not n_described or both > FEW * min(n_sold, n_described):
        return None
    return n_sold, n_described


def _described(graph: Subgraph) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    described = np.zeros(graph.n(ITEM), bool)
    if graph.items is not None and "title" in graph.items.columns:
        described |= graph.items["title"].is_not_null().to_numpy()
    for (source, kind, _), edges in graph.edges.items():
        if source == ITEM and kind in (IN_CATEGORY, MADE_BY):
            described[edges.index[0]] = True
    return described
