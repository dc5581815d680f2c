"""`derive`: compute relationships and properties of items from events; store them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl
from pydantic import Field

from basketweave.errors import DataError
from basketweave.graph.derive.baskets import in_baskets
from basketweave.graph.derive.co_purchased import CoPurchased, co_purchased
from basketweave.graph.derive.followed_by import FollowedBy, followed_by
from basketweave.graph.derive.followed_by_baskets import (
    FollowedByBaskets,
    followed_by_baskets,
)
from basketweave.graph.derive.newest import cut_users, newest
from basketweave.graph.derive.popularity import popularity
from basketweave.graph.derive.rebuy import rebuy
from basketweave.graph.derive.rows import frame
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import Edges, Events, FloatArray, Subgraph
from basketweave.moments import Moment, until
from basketweave.progress import SILENT, Progress
from basketweave.settings import Settings


class DeriveConfig(Settings):
    """How item relationships are derived."""

    former = MappingProxyType(
        {
            "together": "co_purchased",
            "followed": "followed_by",
            "lately": "followed_by_baskets",
        }
    )

    co_purchased: CoPurchased = CoPurchased()
    """How CO_PURCHASED is derived."""
    followed_by: FollowedBy = FollowedBy()
    """How FOLLOWED_BY is derived from data that does not come in baskets."""
    followed_by_baskets: FollowedByBaskets = FollowedByBaskets()
    """How FOLLOWED_BY is derived from data that comes in baskets."""
    newest_events: int = Field(5_000, ge=1)
    """Events of a user that make pairs: the newest. It bounds what one user, or a robot,
    can give to a pair, and the pairs that one can make."""


@dataclass(frozen=True)
class Derived:
    """Relationships between items by kind, and item properties (I,) by name.

    cut_users   users of whom only the newest events made pairs
    """

    edges: Mapping[str, Edges]
    scores: Mapping[str, FloatArray]
    cut_users: int = 0


@dataclass(frozen=True)
class DeriveSummary:
    """How many relationships of each kind the store has after a derivation.

    cut_users   users with more events than `newest_events`, whose older ones made no
                pairs
    """

    co_purchased: int
    followed_by: int
    as_of: int | None
    cut_users: int = 0


def derived(graph: Subgraph, config: DeriveConfig | None = None) -> Derived:
    """Compute the relationships and the properties `popularity` and `rebuy`.

    Both kinds are counted at once: the sparse products leave Python's lock.
    Raises `DataError` where there are no events, or none that counts.
    """
    config = config or DeriveConfig()
    events, n = graph.all_events().counted, graph.n(ITEM)
    if not len(events):
        raise DataError(
            "No event counts for anything: all are of kinds whose weight is 0. Give "
            "one a weight: basketweave kinds --weight VIEWED=0.1"
        )
    some = newest(events, config.newest_events)
    with ThreadPoolExecutor(2) as pool:
        bought = pool.submit(co_purchased, some, n, config.co_purchased)
        followed = pool.submit(_followed_by, some, graph.shape, config)
        scores = {"popularity": popularity(events, n), "rebuy": rebuy(events, n)}
        edges = {CO_PURCHASED: bought.result(), FOLLOWED_BY: followed.result()}
    return Derived(edges, scores, cut_users(events, config.newest_events))


def derive(
    store: GraphStore,
    *,
    as_of: Moment = None,
    config: DeriveConfig | None = None,
    progress: Progress = SILENT,
) -> DeriveSummary:
    """Derive from the stored events (not after `as_of`) and store the result.

    `as_of` is a Unix second, a date (all of it) or a time, as `moments.until` reads it.

    Where nothing has changed since the last call, nothing is written.
    """
    graph = store.export(as_of=until(as_of), relations=[], progress=progress)
    with progress.task("Deriving item relationships", total=1) as advance:
        found = derived(graph, config)
        advance(1)
    return write(store, graph, found, progress)


def write(
    store: GraphStore, graph: Subgraph, found: Derived, progress: Progress = SILENT
) -> DeriveSummary:
    """Store what was derived from this subgraph; return how much the store now has."""
    ids = graph.ids[ITEM]
    standing = store.write_derived(
        pl.DataFrame({"id": ids, **found.scores}),
        {kind: [frame(edges, ids).lazy()] for kind, edges in found.edges.items()},
        as_of=graph.as_of,
        progress=progress,
    )
    return DeriveSummary(
        standing[CO_PURCHASED], standing[FOLLOWED_BY], graph.as_of, found.cut_users
    )


def _followed_by(events: Events, shape: tuple[int, int], config: DeriveConfig) -> Edges:
    if in_baskets(events):
        strongest = events.strongest
        return followed_by_baskets(strongest, shape, config.followed_by_baskets)
    return followed_by(events, shape[1], config.followed_by)
