"""Lists for everyone at once, as a nightly job or a mailing wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.blend.candidates import Offer
from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.blend.request import Request
from basketweave.blend.rules import allowed, caps, factors, properties
from basketweave.blend.score import best, contributions, summed
from basketweave.blend.sources import Sources, sources
from basketweave.errors import NotFoundError
from basketweave.graph.schema import CATALOGUE, CO_PURCHASED, FOLLOWED_BY, ITEM, USER
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import IntArray
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Advance, Progress
from basketweave.serving.engine import Blend

AT_ONCE = 500


class Everyone:
    """One export of the graph, from which lists of any users are computed.

    users   the ids of all users, in the order of their positions

    The lists are the `k` best items under the request's rules. Columns: user, rank from
    1, item, title, score, and the contribution to the score of each part that has a
    weight.
    """

    def __init__(
        self,
        store: GraphStore,
        request: Request,
        blend: Blend,
        vectors: Sequence[Vectors],
        progress: Progress = SILENT,
    ) -> None:
        items = self._items = Catalogue(
            store.export(
                relations=(CO_PURCHASED, FOLLOWED_BY, *CATALOGUE),
                items=(*PROPERTIES, *properties(request.where)),
                progress=progress,
            )
        )
        self.users = items.graph.ids[USER]
        self._blend = blend
        self._found = _sources(items, blend, vectors)
        self._offer = Offer(
            request.known,
            request.k,
            allowed(items, request.where),
            caps(items, request.where),
            factor=factors(items, request.where),
        )
        self._pins = {
            place: items.position[item]
            for place, item in request.where.pinned.items()
            if place <= request.k
        }

    def rows(self, users: Sequence[str] | None) -> IntArray:
        """The positions of these users; None: of all.

        Raises `NotFoundError` for unknown ones.
        """
        return _positions(self.users, users)

    def lists(self, users: IntArray, advance: Advance) -> pl.DataFrame:
        """The lists of the users at these positions; `advance` counts them."""
        lists = []
        for block in np.array_split(users, len(users) // AT_ONCE + 1):
            ranked = _best(self._found, self._blend, block, self._offer)
            lists.append(
                _pinned(
                    *(ranked, self._found, self._blend, block, self._offer, self._pins)
                )
            )
            advance(len(block))
        return _named(pl.concat(lists), self._items)


def _sources(items: Catalogue, blend: Blend, vectors: Sequence[Vectors]) -> Sources:
    graph = items.graph
    kinds = (CO_PURCHASED, FOLLOWED_BY)
    edges = {kind: graph.edges[ITEM, kind, ITEM] for kind in kinds}
    scores = {"popularity": items.popularity, "rebuy": items.rebuy}
    return sources(graph, edges, scores, vectors, blend.settings)


def _positions(ids: pl.Series, users: Sequence[str] | None) -> IntArray:
    if users is None:
        return np.arange(len(ids))
    place = {user: n for n, user in enumerate(ids)}
    unknown = [user for user in users if user not in place]
    if unknown:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise NotFoundError(f"The store has no user {unknown[0]!r}{more}.")
    return np.array([place[user] for user in dict.fromkeys(users)], np.int64)


def _best(found: Sources, blend: Blend, users: IntArray, offer: Offer) -> pl.DataFrame:
    """Positions of users and items, the best `k` of each user first."""
    parts = found.compute(users, offer)
    s = blend.settings
    given = contributions(parts, blend.weights, s.power, s.scaled)
    if offer.factor is not None:
        given = {part: offer.factor[parts.item] * own for part, own in given.items()}
    score = summed(given, len(parts.item))
    if offer.only is None:
        first = best(parts, score, found.order, offer.k, offer.caps)
    else:
        first = np.flatnonzero(parts.item == offer.only)
    rank = pl.int_range(1, pl.len() + 1).over("user")
    return pl.DataFrame(
        {
            "user": users[parts.user[first]],
            "item": parts.item[first],
            "score": score[first],
            **{name: given[name][first] for name in given if blend.weights.get(name)},
        }
    ).select("user", rank.alias("rank"), pl.exclude("user"))


def _pinned(
    ranked: pl.DataFrame,
    found: Sources,
    blend: Blend,
    users: IntArray,
    offer: Offer,
    pins: Mapping[int, int],
) -> pl.DataFrame:
    """The lists with the pinned items (place -> position) at their places."""
    if not pins:
        return ranked
    rest = ranked.filter(~pl.col("item").is_in(list(pins.values())))
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("user")
    rest = rest.with_columns(rank=rank.cast(pl.Float64))
    for place in sorted(pins):
        alone = _best(found, blend, users, replace(offer, only=pins[place]))
        behind = pl.when(pl.col("rank") >= place).then(1).otherwise(0)
        rest = pl.concat(
            [
                rest.with_columns(rank=pl.col("rank") + behind),
                alone.with_columns(rank=pl.lit(float(place))),
            ]
        )
    order = {user: n for n, user in enumerate(users.tolist())}
    whole = rest.sort(pl.col("user").replace_strict(order), "rank")
    whole = whole.with_columns(rank=rank.cast(ranked["rank"].dtype))
    return whole.filter(pl.col("rank") <= offer.k)


def _named(lists: pl.DataFrame, items: Catalogue) -> pl.DataFrame:
    """Ids in place of positions, and titles."""
    user, item = lists["user"], lists["item"]
    return lists.with_columns(
        user=items.graph.ids[USER].gather(user), item=items.ids.gather(item)
    ).insert_column(3, items.titles.gather(item).alias("title"))
