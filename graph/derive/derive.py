"""`derive`: compute the item-item relationships and popularity, and store them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from basketweave.errors import DataError
from basketweave.graph.derive.co_purchased import CoPurchased, co_purchased
from basketweave.graph.derive.followed_by import FollowedBy, followed_by
from basketweave.graph.derive.popularity import popularity
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import Edges, Events, Subgraph
from basketweave.progress import SILENT, Progress


@dataclass(frozen=True)
class DeriveSummary:
    """How many relationships of each kind stand after a derivation."""

    co_purchased: int
    followed_by: int
    as_of: int | None


def derive(
    store: GraphStore,
    *,
    as_of: int | None = None,
    co_purchase: CoPurchased | None = None,
    follow: FollowedBy | None = None,
    subgraph: Subgraph | None = None,
    progress: Progress = SILENT,
) -> DeriveSummary:
    """Derive CO_PURCHASED, FOLLOWED_BY and `popularity` from the stored events.

    Only events not after `as_of` count. `subgraph` saves the export where one is
    at hand. Raises `DataError` where the store has no events.
    """
    graph = subgraph or store.export(as_of=as_of, relations=[], progress=progress)
    events = all_events(graph)
    with progress.task("Deriving item relationships", total=4) as advance:
        together = co_purchased(events, graph.n(ITEM), co_purchase)
        advance(1)
        follows = followed_by(events, graph.n(ITEM), follow)
        advance(1)
        items = graph.ids[ITEM]
        counts = popularity(events, graph.n(ITEM))
        store.write_item_scores(pl.DataFrame({"id": items, "popularity": counts}))
        n_together = store.write_item_edges(
            CO_PURCHASED, frame(together, items), as_of=as_of
        )
        advance(1)
        n_follows = store.write_item_edges(
            FOLLOWED_BY, frame(follows, items), as_of=as_of
        )
        advance(1)
    return DeriveSummary(n_together, n_follows, as_of)
