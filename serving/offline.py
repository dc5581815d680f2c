"""The served blend for many users at once: what the evaluation and learning score.

The parts are those of `queries/recommend.cypher`, computed from the arrays of a
`Subgraph` in place of the database; a test on both stores holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY, ITEM, USER
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.graph.vectors import Vectors, rows_for, unit
from basketweave.serving.blend import FloatArray, IntArray, Parts, blend
from basketweave.serving.candidates import candidates, id_order, largest
from basketweave.serving.repeat import history
from basketweave.serving.request import Known
from basketweave.serving.settings import BlendSettings


@dataclass(frozen=True)
class VectorScores:
    """Cosines alone, as a model for `evaluate`; the vectors in the subgraph's order."""

    vectors: Vectors

    def score(self, users: IntArray) -> FloatArray:
        """Cosines (B, I) of these users with every item."""
        return self.vectors.user_vectors[users] @ self.vectors.item_vectors.T


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
    _kept: dict[tuple[bytes, str], Parts] = field(default_factory=dict, repr=False)
    _without: dict[tuple[str, ...], Sources] = field(default_factory=dict, repr=False)

    def weighed(self, weights: Mapping[str, float]) -> Sources:
        """As served under these weights: without the vectors that have none."""
        used = {n: v for n, v in self.vectors.items() if weights.get(n, 0) > 0}
        if len(used) == len(self.vectors):
            return self
        key = tuple(sorted(used))
        if key not in self._without:
            self._without[key] = replace(self, vectors=used, _kept={}, _without={})
        return self._without[key]

    def parts(self, users: IntArray, known: Known) -> Parts:
        """The candidates of these users and their raw parts.

        Kept, since the blend and each part alone ask for the same ones: 50 MB for
        the 2,000 households of the Complete Journey.
        """
        asked = (users.tobytes(), known)
        if asked not in self._kept:
            self._kept[asked] = self.compute(users, known)
        return self._kept[asked]

    def compute(self, users: IntArray, known: Known) -> Parts:
        """The same, not kept."""
        walked = sp.csr_array(self.start[users] @ self.walk)
        near = self._near(users)
        each = [
            self._candidates(user, _row(walked, n), [v[n] for v in near], known)
            for n, user in enumerate(users)
        ]
        row = np.repeat(np.arange(len(users)), [len(items) for items in each])
        item = np.concatenate([*each, np.empty(0, np.int64)]).astype(np.int64)
        raw = {
            "repeat": _at(self.repeat, users[row], item),
            "graph": _at(walked, row, item),
            "popularity": self.popularity[item],
        }
        for name, (of_users, of_items) in self.vectors.items():
            raw[name] = _cosines(of_users[users], of_items, row, item)
        return Parts(row, item, raw)

    def _candidates(
        self,
        user: int,
        walked: tuple[IntArray, FloatArray],
        near: list[IntArray],
        known: Known,
    ) -> IntArray:
        bought = _row(self.repeat, user)[0]
        others = [self._most_popular, *near]
        most = self.settings.walked
        return candidates(bought, walked, others, known, most)

    def _near(self, users: IntArray) -> list[IntArray]:
        """For each vector part the positions (B, n) of the nearest items."""
        n = min(self.settings.neighbours, len(self.popularity))
        found = []
        for of_users, of_items in self.vectors.values():
            blocks = [
                np.argpartition(-(of_users[block] @ of_items.T), n - 1, axis=1)[:, :n]
                for block in np.array_split(users, max(1, len(users) // 256))
            ]
            found.append(np.concatenate(blocks))
        return found

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
        parts = self.sources.weighed(self.weights).parts(users, self.known)
        out = np.full((len(users), len(self.sources.popularity)), -np.inf, np.float32)
        s = self.sources.settings
        out[parts.user, parts.item] = blend(parts, self.weights, s.power, s.scaled)
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
    start = strongest(starts, settings.history, order)
    return Sources(
        repeat=sp.coo_array((pairs.repeat, where), shape=graph.shape).tocsr(),
        start=start,
        walk=_walk(graph.n(ITEM), edges, settings),
        popularity=scores["popularity"],
        vectors={v.card.part: _complete(*_aligned(graph, v), start) for v in vectors},
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
    return sp.csr_array(sp.coo_array(kept, shape=matrix.shape))


def _row(matrix: sp.csr_array, row: int) -> tuple[IntArray, FloatArray]:
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part].astype(np.int64), matrix.data[part]


def _cosines(
    users: FloatArray, items: FloatArray, row: IntArray, item: IntArray
) -> FloatArray:
    """Dot products of pairs (C,), some at a time: the gathered rows are large."""
    blocks = np.array_split(np.arange(len(row)), len(row) // 500_000 + 1)
    return np.concatenate(
        [np.einsum("nd,nd->n", users[row[b]], items[item[b]]) for b in blocks]
    )


def _at(matrix: sp.csr_array, row: IntArray, col: IntArray) -> FloatArray:
    """The entries (C,) at these places; 0 where there is none."""
    if not len(row):  # scipy gives a matrix there
        return np.zeros(0, np.float32)
    return np.asarray(matrix[row, col], np.float32).ravel()


def _walk(
    n_items: int, edges: Mapping[str, Edges], settings: BlendSettings
) -> sp.csr_array:
    share = {CO_PURCHASED: settings.together, FOLLOWED_BY: settings.follows}
    walk = sp.csr_array((n_items, n_items), shape=(n_items, n_items), dtype=np.float32)
    for kind, found in edges.items():
        weights = found.columns["weight"].astype(np.float32) * np.float32(share[kind])
        pairs = (weights, (found.index[0], found.index[1]))
        walk = walk + sp.coo_array(pairs, shape=walk.shape).tocsr()
    return walk


def _aligned(graph: Subgraph, vectors: Vectors) -> tuple[FloatArray, FloatArray]:
    """The vectors in the subgraph's order; zeros where a node has none."""
    return (
        rows_for(graph.ids[USER], vectors.users, vectors.user_vectors),
        rows_for(graph.ids[ITEM], vectors.items, vectors.item_vectors),
    )


def _complete(
    users: FloatArray, items: FloatArray, start: sp.csr_array
) -> tuple[FloatArray, FloatArray]:
    """As served: a user without a vector has the sum of the items they start from."""
    without = np.flatnonzero(~users.any(axis=1))
    users[without] = unit(start[without] @ items)
    return users, items
