"""What the parts are computed from, and their computation for a batch of users.

One request is a batch of one; evaluation, learning and the lists of everyone are larger
batches of the same. `queries/recommend.cypher` says the same on Neo4j.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp

from basketweave.blend.candidates import Offer, candidates, first
from basketweave.blend.catalogue import id_order
from basketweave.blend.parts import Parts
from basketweave.blend.repeat import history
from basketweave.blend.rows import Rows
from basketweave.blend.settings import BlendSettings
from basketweave.blend.space import ItemVectors, Space
from basketweave.blend.walk import reached, starts, walk
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import BoolArray, Edges, FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import Vectors, rows_for

AT_ONCE = 256
"""Users whose cosines with all items are in memory at a time."""

Found = tuple[IntArray, FloatArray, FloatArray]
"""Candidates of a user, and what `repeat` and the walk give them."""


@dataclass(frozen=True)
class Sources:
    """What the parts of some users are computed from.

    repeat          the part `repeat`, with a row of bought items for each user
    start           the items at which each user's walk starts, and their weights
    walk (I, I)     relationship weights, csr
    popularity (I,) the item property
    spaces          part -> the vectors of users and items
    order (I,)      how items of equal value are ranked: by id
    ranked (I,)     all positions, the most popular item first
    known           the items that are known to each user; None: those of `repeat`
    """

    repeat: Rows
    start: Rows
    walk: sp.csr_array
    popularity: FloatArray
    spaces: Mapping[str, Space]
    settings: BlendSettings
    order: IntArray
    ranked: IntArray
    known: Rows | None = None
    _kept: dict[tuple[bytes, str], Parts] = field(default_factory=dict, repr=False)
    _without: dict[tuple[str, ...], Sources] = field(default_factory=dict, repr=False)

    def weighed(self, weights: Mapping[str, float]) -> Sources:
        """The sources as served under these weights: without vectors of weight 0."""
        used = {n: v for n, v in self.spaces.items() if weights.get(n, 0) > 0}
        if len(used) == len(self.spaces):
            return self
        key = tuple(sorted(used))
        if key not in self._without:
            self._without[key] = replace(self, spaces=used, _kept={}, _without={})
        return self._without[key]

    def parts(self, users: IntArray, known: Known) -> Parts:
        """The candidates of these users and their raw parts, without any rules.

        The result is kept, since the blend and each part alone ask for it: 50 MB for
        the 2,000 households of the Complete Journey.
        """
        asked = (users.tobytes(), known)
        if asked not in self._kept:
            self._kept[asked] = self.compute(users, Offer(known))
        return self._kept[asked]

    def compute(self, users: IntArray, offer: Offer) -> Parts:
        """The candidates of these users (B,) under an offer, and their raw parts."""
        each = list(self._each(users, offer))
        row = np.repeat(np.arange(len(users)), [len(items) for items, *_ in each])
        item = np.concatenate([np.empty(0, np.int64), *(one[0] for one in each)])
        none = np.empty(0, np.float32)
        raw = {
            "repeat": np.concatenate([none, *(one[1] for one in each)]),
            "graph": np.concatenate([none, *(one[2] for one in each)]),
            "popularity": self.popularity[item],
        }
        for name, space in self.spaces.items():
            raw[name] = space.cosines(users[row], item)
        return Parts(row, item, raw)

    def _each(self, users: IntArray, offer: Offer) -> Iterator[Found]:
        ranked = self.ranked
        if offer.allowed is not None:
            ranked = ranked[offer.allowed[ranked]]
        spaces = () if offer.known == "again" else self.spaces.values()
        for block in np.array_split(users, len(users) // AT_ONCE + 1):
            near = [space.search(block, offer.allowed) for space in spaces]
            for n, user in enumerate(block):
                bought, repeat = self.repeat[user]
                known = bought if self.known is None else self.known[user][0]
                offered = offer.mask(len(self.popularity), known)
                others = [
                    one.first(n, offered, self.settings.vector_candidates, self.order)
                    for one in near
                ]
                if offer.known != "again":
                    others.append(self._popular(ranked, offered, offer))
                there, walked = reached(self.walk, *self.start[user])
                items = candidates(
                    bought,
                    (there, walked[there]),
                    others,
                    offered,
                    self.settings.walk_candidates,
                    offer.only,
                )
                every = np.zeros(len(walked), np.float32)
                every[bought] = repeat
                yield items, every[items], walked[items]

    def _popular(self, ranked: IntArray, offered: BoolArray, offer: Offer) -> IntArray:
        """The first of the offered items by popularity, at most so many of a group."""
        n = max(self.settings.popular_candidates, offer.k)
        if offer.caps is None:
            return first(ranked, offered, n)
        left = ranked[offered[ranked]]
        return left[offer.caps.first(left, n)]


def by_popularity(popularity: FloatArray, order: IntArray) -> IntArray:
    """All positions (I,), the most popular item first; equal items go by `order`."""
    return np.lexsort((order, -popularity)).astype(np.int64)


def sources(
    graph: Subgraph,
    edges: Mapping[str, Edges],
    scores: Mapping[str, FloatArray],
    vectors: Sequence[Vectors],
    settings: BlendSettings,
) -> Sources:
    """Build the sources from a subgraph bounded in time.

    edges    CO_PURCHASED and FOLLOWED_BY, derived from the same subgraph
    scores   the item properties `popularity` and `rebuy` (I,)
    """
    events = graph.all_events(settings.counts(graph.counts))
    now = graph.as_of if graph.as_of is not None else int(events.time.max())
    pairs = history(events, scores["rebuy"], now, settings)
    order = id_order(graph.ids[ITEM])
    start = starts(pairs, order, settings).rows(graph.n(USER))
    return Sources(
        repeat=pairs.rows(graph.n(USER)),
        start=start,
        walk=walk(graph.n(ITEM), edges, settings),
        popularity=scores["popularity"],
        spaces={v.card.part: _space(graph, v).completed(start) for v in vectors},
        settings=settings,
        order=order,
        ranked=by_popularity(scores["popularity"], order),
        known=pairs.known_rows(graph.n(USER)),
    )


def with_settings(found: Sources, **changed: float) -> Sources:
    """The same sources under settings that only change how parts are combined."""
    return replace(found, settings=found.settings.model_copy(update=changed))


def _space(graph: Subgraph, vectors: Vectors) -> Space:
    """The vectors in the subgraph's order."""
    items = rows_for(graph.ids[ITEM], vectors.items, vectors.item_vectors)
    users = rows_for(graph.ids[USER], vectors.users, vectors.user_vectors)
    return Space(users, ItemVectors(items))
