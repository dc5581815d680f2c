"""The blend on the embedded store: the history by one statement, the rest in arrays."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from basketweave.blend.candidates import Offer
from basketweave.blend.repeat import History, history
from basketweave.blend.request import Request
from basketweave.blend.rules import allowed, caps, factors, properties
from basketweave.blend.score import best, summed, weighed
from basketweave.blend.sources import Sources
from basketweave.blend.walk import Starts, starts
from basketweave.graph.kinds import Kinds, counting
from basketweave.graph.known import Known
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.vectors import ModelVersion
from basketweave.serving.checks import names_a_store
from basketweave.serving.engine import NONE, Blend, Row, SessionItem
from basketweave.serving.had import read_had
from basketweave.serving.paths import Ranking, explained
from basketweave.serving.snapshot import Names
from basketweave.serving.standing import Standing
from basketweave.serving.state import State

if TYPE_CHECKING:
    from basketweave.graph.embedded.connection import Session
    from basketweave.graph.embedded.on_disk.state import OpenFile
    from basketweave.graph.embedded.recording.recent import RecentEvents
    from basketweave.graph.embedded.store import LadybugStore


class EmbeddedEngine:
    """Ranks items in this process; safe to use from several threads."""

    def __init__(self, store: LadybugStore) -> None:
        self._store = store
        self._state: State | None = None
        self._next: State | None = None
        self._reading = threading.Lock()  # one thread reads what a write has changed
        store.keeping.add(self)

    @contextmanager
    def snapshot(self) -> Iterator[EmbeddedSnapshot]:
        """The state of the store now, read anew only where something was written."""
        with self._store.asking() as (session, seen):
            with self._reading:
                before = self._state
                if self._next is not None and self._next.number == self._store.changes:
                    before, self._next = self._next, None
                state = State.now(self._store, session, before).with_recent(seen)
                self._state = state
            standing = state.standing.up_to(seen.last_at)
            yield EmbeddedSnapshot(state, session, seen, standing)

    def ready(self, state: OpenFile) -> None:
        """Read the vectors and ties that count in a state before it is shown.

        Where all is to be read anew, the first request reads what it needs.
        """
        before, follows = self._state, state.follows
        if before is None or follows is None or before.number != follows.number:
            return
        with state.reading() as session:
            found = State.of(self._store, session, before, state.number, follows)
            for part, version in found.standing.live.items():
                if before.holds(part):
                    found.items(session, version)
            for known in get_args(Known):  # stale weights give way to the default ones
                found.steps(session, found.standing.settings(known))
        self._next = found


@dataclass(frozen=True)
class EmbeddedSnapshot:
    """One state of the store in arrays, and a session that reads a user's history.

    seen       what was recorded since the session's file was written
    standing   the data set, and what is published over it
    """

    state: State
    session: Session
    seen: RecentEvents
    standing: Standing

    def under(self, standing: Standing) -> EmbeddedSnapshot:
        """The same state, asked as if this stood over it."""
        return replace(self, standing=standing)

    def names(self) -> Names:
        """The names that rules may use."""
        return self.state.names(self.session)

    def stored(self, items: Iterable[str]) -> set[str]:
        """The ids among `items` that the store has."""
        return {item for item in items if item in self.state.catalogue.position}

    def rank(
        self,
        request: Request,
        given: Blend,
        session: Sequence[SessionItem] = (),
        vectors: Mapping[str, FloatArray] = NONE,
    ) -> list[Row] | None:
        """The best rows, best first; None where the store has no such user."""
        self.state.require_derived()
        had = read_had(self.session, self.seen, self.state, request)
        if had is None:
            return None
        items = self.state.catalogue
        events = had.events(self._counts(given))
        pairs = history(events, items.rebuy, self._now(request), given.settings)
        held, pull = self._held(session)
        start = starts(pairs, items.order, given.settings).and_held(held, pull)
        found = self._sources(request, given, pairs, start, vectors)
        offer = self._offer(request, held)
        parts = found.compute(np.zeros(1, np.int64), offer)
        values = parts.values(given.settings.power, given.settings.scaled)
        score = summed(weighed(values, given.weights), len(parts.item))
        if offer.factor is not None:
            score = score * offer.factor[parts.item]
        if offer.only is None:
            first = best(parts, score, items.order, request.k, offer.caps)
        else:
            first = np.flatnonzero(parts.item == offer.only)
        steps = self.state.steps(self.session, given.settings)
        ranking = Ranking(parts, values, score, first, had, start, steps, offer.factor)
        return explained(request, given, self.state, ranking)

    def vectors(self, version: ModelVersion, items: Sequence[str]) -> FloatArray:
        """The items' vectors (n, d) of a version; zeros where an item has none."""
        rows = self.state.items(self.session, version).rows
        return rows[self.state.catalogue.positions(items)]

    def newest(self, request: Request, n: int) -> list[str]:
        """The `n` items added last of those that nobody had and that keep the rules."""
        where, items = request.where, self.state.catalogue
        if names_a_store(where):
            items = self.state.with_properties(self.session, properties(where))
        kept, new = allowed(items, where), self.state.new(self.session)
        if kept is not None:
            new = new[kept[new]]
        had = {e.item for e in self.seen.of(request.user)} if request.user else set()
        new = new[~items.mask(items.positions(had))[new]]
        return [items.names[item] for item in new[:n].tolist()]

    def _counts(self, given: Blend) -> Kinds | None:
        """How the kinds of events count; None: it is all one of which kind one is."""
        there = {*self.state.kinds, *self.seen.kinds}
        counts = given.settings.counts(counting(self.standing.dataset.kinds, there))
        return None if counts.alike(there) else counts

    def _now(self, request: Request) -> int:
        if request.as_of is not None:
            return request.as_of
        return self.standing.dataset.last_at or 0

    def _held(self, session: Sequence[SessionItem]) -> tuple[IntArray, FloatArray]:
        """The session's items that the store has, and how much each counts."""
        if not session:  # whose items need a look at all ids, a tenth of opening
            return np.empty(0, np.int64), np.empty(0, np.float32)
        where = self.state.catalogue.position
        stored = [(where[s.item], s.weight) for s in session if s.item in where]
        item, pull = zip(*stored, strict=True) if stored else ((), ())
        return np.array(item, np.int64), np.array(pull, np.float32)

    def _offer(self, request: Request, held: IntArray) -> Offer:
        where, items = request.where, self.state.catalogue
        if names_a_store(where):
            items = self.state.with_properties(self.session, properties(where))
        return Offer(
            request.known,
            request.k,
            allowed(items, where),
            caps(items, where),
            held,
            None if request.only is None else items.position.get(request.only),
            factors(items, where),
        )

    def _sources(
        self,
        request: Request,
        given: Blend,
        pairs: History,
        start: Starts,
        vectors: Mapping[str, FloatArray],
    ) -> Sources:
        """The parts' sources of one user; parts without weight cost the most and
        change nothing, so their vectors are left out."""
        state = self.state
        starting = start.rows(1)
        spaces = {
            part: state.space(
                self.session, version, request.user, vectors.get(part)
            ).completed(starting)
            for part, version in self.standing.live.items()
            if given.weights.get(part, 0) > 0
        }
        return Sources(
            repeat=pairs.rows(1),
            start=starting,
            walk=state.walk(self.session, given.settings),
            popularity=state.catalogue.popularity,
            spaces={part: one for part, one in spaces.items() if one.users.any()},
            settings=given.settings,
            order=state.catalogue.order,
            ranked=state.by_popularity,
            known=pairs.known_rows(1),
        )
