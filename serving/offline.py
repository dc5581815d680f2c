"""The served blend for many users at once: what the evaluation and learning score.

The parts are those of `queries/recommend.cypher`, computed from the arrays of a
`Subgraph` in place of the database; a test on both stores holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl
import scipy.sparse as sp

from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM, USER
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.serving.blend import FloatArray, IntArray, Parts, blend
from basketweave.serving.candidates import candidates, id_order, largest
from basketweave.serving.repeat import history
from basketweave.serving.request import Known
from basketweave.serving.settings import BlendSettings


@dataclass(frozen=True)
class Sources:
    """What the parts of all users are computed from.

    repeat (U, I)   the part itself, csr; its pairs are what each user bought
    start (U, I)    where walks start, csr, at most `history` entries a row
    walk (I, I)     relationship weights, csr
    popularity (I,) the item property
    vectors         part -> (user vectors (U, d), item vectors (I, d))
    order (I,)      how items of equal value are ranked: by id
    """

    repeat: sp.csr_array
    start: sp.csr_array
    walk: sp.csr_array
    popularity: FloatArray
    vectors: Mapping[str, tuple[FloatArray, FloatArray]]
    settings: BlendSettings
    order: IntArray

    def parts(self, users: IntArray, known: Known) -> Parts:
        """The candidates of these users and their raw parts."""
        each = [self._candidates(user, known) for user in users]
        row = np.repeat(np.arange(len(users)), [len(items) for items, _ in each])
        item = np.concatenate([items for items, _ in each])
        raw = {"graph": np.concatenate([walked for _, walked in each])}
        raw["repeat"] = _at(self.repeat, users[row], item)
        raw["popularity"] = self.popularity[item]
        for name, (of_users, of_items) in self.vectors.items():
            raw[name] = np.einsum("nd,nd->n", of_users[users[row]], of_items[item])
        return Parts(row, item, raw)

    def _candidates(self, user: int, known: Known) -> tuple[IntArray, FloatArray]:
        """Candidate items of one user, sorted, and what the walk gives each."""
        bought = self.repeat.indices[slice(*self.repeat.indptr[user : user + 2])]
        walked = (self.start[[user]] @ self.walk).toarray()[0]
        others = [self._most_popular, *(self._near(user, n) for n in self.vectors)]
        found = candidates(
            bought, walked, others, known, self.settings.walked, self.order
        )
        return found, walked[found]

    def _near(self, user: int, name: str) -> IntArray:
        of_users, of_items = self.vectors[name]
        cosine = of_items @ of_users[user]
        return largest(cosine + 2, self.settings.neighbours, self.order)

    @cached_property
    def _most_popular(self) -> IntArray:
        return largest(self.popularity, self.settings.popular, self.order)


@dataclass(frozen=True)
class BlendScores:
    """The blend as a model for `evaluate`: `score(users)` gives (B, I)."""

    sources: Sources
    weights: Mapping[str, float]
    known: Known

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of each user's candidates; -inf at all other items."""
        parts = self.sources.parts(users, self.known)
        out = np.full((len(users), len(self.sources.popularity)), -np.inf, np.float32)
        power = self.sources.settings.power
        out[parts.user, parts.item] = blend(parts, self.weights, power)
        return out


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
    events = graph.all_events()
    now = graph.as_of if graph.as_of is not None else int(events.time.max())
    pairs = history(events, scores["rebuy"], now, settings)
    latest = np.zeros(graph.shape[0], np.int64)
    np.maximum.at(latest, pairs.user, pairs.last)
    age = latest[pairs.user] - pairs.last
    pull = np.exp2(-age / settings.walk_half_life).astype(np.float32)
    where = (pairs.user, pairs.item)
    order = id_order(graph.ids[ITEM])
    starts = sp.coo_array((pull, where), shape=graph.shape).tocsr()
    return Sources(
        repeat=sp.coo_array((pairs.repeat, where), shape=graph.shape).tocsr(),
        start=strongest(starts, settings.history, order),
        walk=_walk(graph.n(ITEM), edges, settings),
        popularity=scores["popularity"],
        vectors={v.card.part: _aligned(graph, v) for v in vectors},
        settings=settings,
        order=order,
    )


def with_settings(found: Sources, **changed: float) -> Sources:
    """The same sources under settings that only change how parts are combined."""
    return replace(found, settings=found.settings.model_copy(update=changed))


def strongest(matrix: sp.csr_array, n: int, order: IntArray) -> sp.csr_array:
    """Each row's `n` largest entries; equals by `order` (I,)."""
    coo = matrix.tocoo()
    sorted_ = np.lexsort((order[coo.col], -coo.data, coo.row))
    rank = np.arange(len(sorted_)) - matrix.indptr[coo.row[sorted_]]
    keep = sorted_[rank < n]
    kept = (coo.data[keep], (coo.row[keep], coo.col[keep]))
    return sp.coo_array(kept, shape=matrix.shape).tocsr()


def _at(matrix: sp.csr_array, row: IntArray, col: IntArray) -> FloatArray:
    return np.asarray(matrix[row, col], np.float32).ravel()


def _walk(
    n_items: int, edges: Mapping[str, Edges], settings: BlendSettings
) -> sp.csr_array:
    share = {CO_PURCHASED: settings.together, FOLLOWED_BY: settings.follows}
    walk = sp.csr_array((n_items, n_items), dtype=np.float32)
    for kind, found in edges.items():
        weights = found.columns["weight"].astype(np.float32) * np.float32(share[kind])
        pairs = (weights, (found.index[0], found.index[1]))
        walk = walk + sp.coo_array(pairs, shape=walk.shape).tocsr()
    return walk


def _aligned(graph: Subgraph, vectors: Vectors) -> tuple[FloatArray, FloatArray]:
    """The vectors in the subgraph's order; zeros where a node has none."""
    return (
        _in_order(graph, USER, vectors.users, vectors.user_vectors),
        _in_order(graph, ITEM, vectors.items, vectors.item_vectors),
    )


def _in_order(
    graph: Subgraph, label: str, ids: pl.Series, rows: FloatArray
) -> FloatArray:
    where = pl.DataFrame({"id": ids}).with_row_index("row")
    wanted = pl.DataFrame({"id": graph.ids[label]})
    row = wanted.join(where, on="id", how="left", maintain_order="left")["row"]
    out = np.zeros((len(wanted), rows.shape[1]), np.float32)
    found = row.is_not_null().to_numpy()
    out[found] = rows[row.drop_nulls().to_numpy()]
    return out
