"""Lists for everyone at once, as a nightly job or a mailing wants them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from basketweave.errors import NotFoundError
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM, USER
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import IntArray, Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.serving.blend import contributions
from basketweave.serving.engine import Blend, derived
from basketweave.serving.memory import numbers
from basketweave.serving.offline import Sources, sources
from basketweave.serving.request import Known

AT_ONCE = 500


def everyone(
    store: GraphStore,
    blend: Blend,
    vectors: Sequence[Vectors],
    *,
    k: int,
    known: Known,
    users: Sequence[str] | None = None,
    progress: Progress = SILENT,
) -> pl.DataFrame:
    """The `k` best items of all users, or of these, from one export of the graph.

    Columns: user, rank from 1, item, title, score, and what each part of weight gives
    to the score. Raises `NotFoundError` for unknown users, and where nothing is derived.
    """
    derived(store)
    graph = store.export(
        relations=(CO_PURCHASED, FOLLOWED_BY),
        items=("popularity", "rebuy", "title"),
        progress=progress,
    )
    found = _sources(graph, blend, vectors)
    rows = _positions(graph.ids[USER], users)
    lists = []
    with progress.task("Recommending", total=len(rows)) as advance:
        for block in np.array_split(rows, len(rows) // AT_ONCE + 1):
            lists.append(_best(found, blend, block, k, known))
            advance(len(block))
    return _named(pl.concat(lists), graph)


def _sources(graph: Subgraph, blend: Blend, vectors: Sequence[Vectors]) -> Sources:
    kinds = (CO_PURCHASED, FOLLOWED_BY)
    edges = {kind: graph.edges[ITEM, kind, ITEM] for kind in kinds}
    assert graph.items is not None
    scores = {
        name: numbers(graph.items[name], otherwise)
        for name, otherwise in (("popularity", 0), ("rebuy", 1))
    }
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


def _best(
    found: Sources, blend: Blend, users: IntArray, k: int, known: Known
) -> pl.DataFrame:
    """Positions of users and items, the best `k` of each user first."""
    parts = found.compute(users, known)
    s = blend.settings
    given = contributions(parts, blend.weights, s.power, s.scaled)
    score = sum(given.values(), np.zeros(len(parts.item), np.float32))
    order = np.lexsort((found.order[parts.item], -score, parts.user))
    size = np.diff(np.r_[parts.starts, len(order)])
    rank = np.arange(len(order)) - np.repeat(parts.starts, size)
    best = order[rank < k]
    return pl.DataFrame(
        {
            "user": users[parts.user[best]],
            "rank": rank[rank < k] + 1,
            "item": parts.item[best],
            "score": score[best],
            **{name: given[name][best] for name in given if blend.weights.get(name)},
        }
    )


def _named(lists: pl.DataFrame, graph: Subgraph) -> pl.DataFrame:
    """Ids in place of positions, and titles."""
    assert graph.items is not None
    user, item = lists["user"], lists["item"]
    return lists.with_columns(
        user=graph.ids[USER].gather(user), item=graph.ids[ITEM].gather(item)
    ).insert_column(3, graph.items["title"].gather(item))
