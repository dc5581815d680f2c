"""The blend on the embedded store: history by Cypher, the rest in arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.subgraph import Events
from basketweave.graph.vectors import serving, unit
from basketweave.queries import statements
from basketweave.serving.blend import FloatArray, IntArray, Parts, blend
from basketweave.serving.candidates import candidates, largest
from basketweave.serving.engine import NONE, Blend, Row, Started, derived
from basketweave.serving.memory import FOREVER, STATEMENTS, Catalogue
from basketweave.serving.paths import Found, explained
from basketweave.serving.repeat import History, history
from basketweave.serving.request import Request
from basketweave.serving.rules import allowed, at_most

if TYPE_CHECKING:
    from basketweave.graph.embedded.store import LadybugStore


class EmbeddedEngine:
    """Ranks items in this process; safe to use from several threads."""

    def __init__(self, store: LadybugStore) -> None:
        self._store = store
        self._known: tuple[int, Catalogue] | None = None
        self._vectors: dict[str, tuple[Catalogue, str, FloatArray]] = {}

    def rank(
        self,
        request: Request,
        blend: Blend,
        session: Sequence[Started] = (),
        vectors: Mapping[str, FloatArray] = NONE,
    ) -> list[Row] | None:
        """The best rows; None where the store has no such user."""
        catalogue = self._catalogue()
        had = self._history(request, blend, catalogue)
        if had is None:
            return None
        start = _start(had, session, catalogue, blend)
        cosines = self._cosines(request.user, blend, catalogue, start, vectors)
        return self._ranked(request, blend, catalogue, had, start, cosines)

    def _ranked(
        self,
        request: Request,
        given: Blend,
        catalogue: Catalogue,
        had: History,
        start: tuple[IntArray, FloatArray],
        cosines: Mapping[str, FloatArray],
    ) -> list[Row]:
        walked = _walked(catalogue, given, *start)
        s, order = given.settings, catalogue.order
        near = [
            largest(np.where(c == 0, 0, c + 2), s.neighbours, order)
            for c in cosines.values()
        ]
        popular = largest(catalogue.popularity, s.popular, order)
        ruled = allowed(self._store, request.where, catalogue)
        held = start[0][min(len(had.item), s.history) :]
        if len(held):
            ruled = np.ones(len(catalogue), bool) if ruled is None else ruled
            ruled[held] = False
        reached = np.flatnonzero(walked)
        items = candidates(
            had.item,
            (reached, walked[reached]),
            [popular, *near],
            request.known,
            s.walked,
            ruled,
        )
        repeat = np.zeros(len(catalogue), np.float32)
        repeat[had.item] = had.repeat
        raw = {"repeat": repeat[items], "graph": walked[items]}
        raw |= {name: c[items] for name, c in cosines.items()}
        raw["popularity"] = catalogue.popularity[items]
        parts = Parts(np.zeros(len(items), np.int64), items, raw)
        score = blend(parts, given.weights, s.power, s.scaled)
        best = np.lexsort((order[items], -score))
        best = at_most(self._store, request, catalogue, items, best)
        found = Found(parts, score, best, had, *start)
        return explained(self._store, request, given, catalogue, found)

    def _catalogue(self) -> Catalogue:
        dataset = derived(self._store)
        if self._known is None or self._known[0] != dataset.changes:
            self._known = dataset.changes, Catalogue.read(self._store)
        return self._known[1]

    def _history(
        self, request: Request, given: Blend, catalogue: Catalogue
    ) -> History | None:
        found = statements(STATEMENTS)
        as_of = FOREVER if request.as_of is None else request.as_of
        rows = self._store.run(found["history"], {"user": request.user, "asOf": as_of})
        if not len(rows) and request.user is not None:
            user = self._store.run(found["user"], {"user": request.user})
            if not len(user):
                return None
        none = np.zeros(len(rows), np.int64)
        item, at = (rows[c].cast(int).to_numpy() for c in ("item", "at"))
        events = Events(none, item, at, none.astype(np.float32))
        return history(events, catalogue.rebuy, self._now(request), given.settings)

    def _now(self, request: Request) -> int:
        if request.as_of is not None:
            return request.as_of
        dataset = self._store.dataset()
        return (dataset.last_at if dataset else None) or 0

    def _cosines(
        self,
        user: str | None,
        given: Blend,
        catalogue: Catalogue,
        start: tuple[IntArray, FloatArray],
        vectors: Mapping[str, FloatArray],
    ) -> dict[str, FloatArray]:
        """part -> cosine (I,) of the vector given for it, of the user's, or of the
        sum of those that the walk starts from.

        Parts without weight are left out: they cost the most and change nothing.
        """
        out: dict[str, FloatArray] = {}
        items, weights = start
        for part, version in serving(self._store.models()).items():
            name = version.card.name
            if not given.weights.get(part):
                continue
            of_items = self._aligned(name, version.key, catalogue)
            vector = vectors.get(part)
            if vector is None and user:
                vector = self._store.index(name).user_vector(user)
            if vector is None and len(items):
                vector = unit((weights[:, None] * of_items[items]).sum(0)[None])[0]
            if vector is not None and vector.any():
                out[part] = of_items @ vector
        return out

    def _aligned(self, name: str, key: str, catalogue: Catalogue) -> FloatArray:
        known = self._vectors.get(name)
        if known is None or known[:2] != (catalogue, key):
            aligned = catalogue.aligned(self._store.index(name).vectors)
            known = self._vectors[name] = (catalogue, key, aligned)
        return known[2]


def _start(
    had: History, session: Sequence[Started], catalogue: Catalogue, given: Blend
) -> tuple[IntArray, FloatArray]:
    """Positions of the items that the walk starts from, and their weights."""
    order = catalogue.order
    latest = np.lexsort((order[had.item], -had.last))[: given.settings.history]
    item, last = had.item[latest], had.last[latest]
    age = (last.max() - last) if len(last) else last
    weight = np.exp2(-age / given.settings.walk_half_life).astype(np.float32)
    where = catalogue.position
    now = [(where[s.item], s.weight) for s in session if s.item in where]
    if not now:
        return item, weight
    place, extra = (np.array(column) for column in zip(*now, strict=True))
    return (
        np.concatenate([item, place]).astype(np.int64),
        np.concatenate([weight, extra]).astype(np.float32),
    )


def _walked(
    catalogue: Catalogue, given: Blend, items: IntArray, weights: FloatArray
) -> FloatArray:
    s, out = given.settings, np.zeros(len(catalogue), np.float32)
    for kind, share in ((CO_PURCHASED, s.together), (FOLLOWED_BY, s.follows)):
        rows = catalogue.walks[kind][items]
        scaled = np.repeat(weights * np.float32(share), np.diff(rows.indptr))
        out += np.bincount(rows.indices, rows.data * scaled, len(out)).astype(
            np.float32
        )
    return out
