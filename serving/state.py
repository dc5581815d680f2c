"""What the embedded store keeps in memory between requests, read anew after a write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl
import scipy.sparse as sp

from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.blend.growth import (
    grown_catalogue,
    grown_ranks,
    grown_steps,
    grown_vectors,
    sharing,
    told_vectors,
)
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import by_popularity
from basketweave.blend.space import ItemVectors, Space
from basketweave.blend.told import (
    told_column,
    told_links,
    told_properties,
    told_ranks,
)
from basketweave.blend.walk import shares, step, total
from basketweave.graph.planned.placing import Placed
from basketweave.graph.schema import BRAND, CATEGORY, EVENT_KINDS, ITEM
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.graph.upserted import Said
from basketweave.graph.vectors import ModelVersion, VectorPart, rows_for
from basketweave.serving.engine import require_data, require_derived
from basketweave.serving.snapshot import Names
from basketweave.serving.standing import Standing

if TYPE_CHECKING:
    from basketweave.graph.embedded.connection import Session
    from basketweave.graph.embedded.on_disk.state import Follows
    from basketweave.graph.embedded.recording.recent import RecentEvents
    from basketweave.graph.embedded.store import LadybugStore

NEWEST = 200
"""So many of the items that were added last are asked whether nobody had them."""

T = TypeVar("T")
K = TypeVar("K")
PEOPLE = 8_000
"""Of so many readings what was read is kept: some 15 kB for a long history."""


class Grouped(Catalogue):
    """Items with categories and brands."""

    @cached_property
    def nameable(self) -> Names:
        """The names that rules may use."""
        return Names(
            frozenset(self.graph.ids[CATEGORY]),
            frozenset(self.graph.ids[BRAND]),
            has_price=not np.isnan(self.price).all(),
            has_stock=self.knows_stock,
        )


@dataclass(frozen=True, eq=False)
class State:
    """The store at one moment: what is published, the items, and what ties them.

    Vectors, relationships, categories and brands are read by the first request that
    needs them. The session given for that must be a session of this same state.

    number    the number of this state, which no other state has
    kinds     the event kinds that have events
    numbers   the engine's own number of an item -> its position; -1 for none
    recorded  how many items came into being since the session's file was written
    said      what was said of items since
    placed    the vectors that new items were given since
    """

    store: LadybugStore
    number: int
    standing: Standing
    kinds: tuple[str, ...]
    catalogue: Catalogue
    numbers: IntArray
    recorded: int = 0
    said: Sequence[Said] = ()
    placed: Sequence[Placed] = ()
    _grouped: list[Grouped] = field(default_factory=list)
    _items: dict[str, ItemVectors] = field(default_factory=dict)
    _steps: dict[str, sp.csr_array] = field(default_factory=dict)
    _walks: dict[tuple[float, float], sp.csr_array] = field(default_factory=dict)
    _properties: dict[str, pl.Series] = field(default_factory=dict)
    _held: list[frozenset[str]] = field(default_factory=list)
    _new: list[IntArray] = field(default_factory=list)
    _people: dict[tuple[str, str], Any] = field(default_factory=dict)
    _first: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def now(cls, store: LadybugStore, session: Session, before: State | None) -> State:
        """The state that this session sees: `before` if nothing was written since."""
        return cls.of(store, session, before, store.changes, store.follows)

    @classmethod
    def of(
        cls,
        store: LadybugStore,
        session: Session,
        before: State | None,
        number: int,
        follows: Follows | None,
    ) -> State:
        """The state of this number, which a session sees.

        What is known of the items stays where models were written, and what had been
        recorded.
        """
        from basketweave.graph.embedded import schema
        from basketweave.graph.embedded.dataset import read_dataset
        from basketweave.graph.embedded.in_memory import catalogue
        from basketweave.graph.embedded.models import versions

        if before is not None and before.number == number:
            return before
        standing = Standing(
            require_data(read_dataset(session)), tuple(versions.versions(session))
        )
        kinds = tuple(kind for kind in EVENT_KINDS if schema.size(session, kind))
        if before is not None and follows and before.number == follows.number:
            return before._then(session, number, standing, kinds, follows)
        graph, numbers = catalogue.read(session, PROPERTIES)
        items = Catalogue(graph)
        return cls(store, number, standing, kinds, items, numbers)

    def _then(
        self,
        session: Session,
        number: int,
        standing: Standing,
        kinds: tuple[str, ...],
        follows: Follows,
    ) -> State:
        """The state after a write of models, which has what was recorded before it."""
        from basketweave.graph.embedded.in_memory import catalogue

        folded = follows.folded
        seen = self.with_recent(folded)
        places = [seen.catalogue.position[one] for one in folded.items]
        served = {*self.standing.encoders().values(), *standing.encoders().values()}
        people, vectors = [*seen._people.items()], [*seen._items.items()]
        out = replace(
            seen,
            number=number,
            standing=standing,
            kinds=kinds,
            numbers=catalogue.numbered(session, seen.numbers, folded.items, places),
            recorded=0,  # those that came since are there already, and are left out
            said=seen.said[folded.said :],
            placed=seen.placed[folded.placed :],
            _grouped=[*seen._grouped],
            _items={key: found for key, found in vectors if key in served},
            _steps={**seen._steps},
            _walks={**seen._walks},
            _properties={} if folded.said or folded.items else {**seen._properties},
            _held=[],
            _new=[],
            _people={k: found for k, found in people if k[0] not in follows.users},
        )
        return out._ranked_as(seen)

    def holds(self, part: VectorPart) -> bool:
        """Whether requests have asked for the vectors of what is live for a part."""
        version = self.standing.live.get(part)
        return version is not None and version.key in self._items

    def with_recent(self, seen: RecentEvents) -> State:
        """With what was recorded since; what is known of other items stays."""
        state = self.with_new(seen.items)
        return state._with_places(seen.placed_since(len(state.placed)))._with_said(
            seen.said_since(len(state.said))
        )

    def _with_places(self, placed: Sequence[Placed]) -> State:
        if not placed:
            return self
        items = {
            key: self._told(one, placed, key) for key, one in [*self._items.items()]
        }
        out = replace(self, placed=(*self.placed, *placed), _items=items)
        return out._ranked_as(self)

    def _with_said(self, said: Sequence[Said]) -> State:
        if not said:
            return self
        items = told_properties(self.catalogue, said)
        out = replace(
            self,
            catalogue=items,
            said=(*self.said, *said),
            _grouped=[told_links(sharing(o, items), said) for o in self._grouped],
        )._ranked_as(self)
        if "by_popularity" in vars(out):
            ranked = told_ranks(out.by_popularity, out.catalogue, said)
            vars(out)["by_popularity"] = ranked
        return out

    def _told(
        self, vectors: ItemVectors, placed: Sequence[Placed], key: str
    ) -> ItemVectors:
        """The vectors of a version with those that new items were given in it."""
        of_key = [one for one in placed if one.key == key]
        at = self.catalogue.positions(one.item for one in of_key)
        told = np.array([one.vector for one in of_key], np.float32)
        return told_vectors(vectors, at, told)

    def _ranked_as(self, before: State) -> State:
        if "by_popularity" in vars(before):
            vars(self)["by_popularity"] = before.by_popularity
        return self

    def with_new(self, recorded: Sequence[str]) -> State:
        """With items that were recorded since; what is known of the others stays."""
        if len(recorded) <= self.recorded:
            return self
        position = self.catalogue.position
        new = [one for one in recorded[self.recorded :] if one not in position]
        items = grown_catalogue(self.catalogue, new)
        out = replace(
            self,
            catalogue=items,
            recorded=len(recorded),
            _grouped=[sharing(one, items) for one in self._grouped],
            # As lists, since another thread may be adding what it has read.
            _items={k: grown_vectors(v, len(items)) for k, v in [*self._items.items()]},
            _steps={k: grown_steps(s, len(items)) for k, s in [*self._steps.items()]},
            _walks={k: grown_steps(w, len(items)) for k, w in [*self._walks.items()]},
        )
        if "by_popularity" in vars(self):
            vars(out)["by_popularity"] = grown_ranks(self.by_popularity, items)
        return out

    def of_person(self, user: str, what: str, read: Callable[[], T]) -> T:
        """What the file of this state says of a user, read from it once.

        Who asks once asks again, mostly soon: a statement costs a tenth of a request.
        """
        key = user, what
        found = self._people.get(key, self)
        if found is self:
            found = read()
            if len(self._people) >= PEOPLE:
                self._people.clear()
            self._people[key] = found
        return found

    def _once(self, kept: dict[K, T], key: K, read: Callable[[], T]) -> T:
        """What is kept under a key, read by the first who asks; others wait for it.

        Else each thread would read all of it after a write, at the same time.
        """
        found = kept.get(key)
        if found is None:
            with self._first:
                found = kept.get(key)
                if found is None:
                    found = kept[key] = read()
        return found

    def require_derived(self) -> None:
        """Raise `NotFoundError` where nothing is derived from the events."""
        require_derived(self.standing.dataset, self.store)

    def grouped(self, session: Session) -> Grouped:
        """The items with their categories and brands, which only rules need."""
        from basketweave.graph.embedded.in_memory import catalogue

        if not self._grouped:
            graph = catalogue.grouped(session, self.catalogue.graph, self.numbers)
            groups = sharing(Grouped(graph), self.catalogue)
            self._grouped.append(told_links(groups, self.said))
        return self._grouped[0]

    def names(self, session: Session) -> Names:
        """The names that rules may use."""
        from basketweave.graph.embedded.in_memory import catalogue

        if not self._held:
            self._held.append(catalogue.properties(session))
        told = {name for one in self.said for name in one.properties}
        held = self._held[0] | told
        return replace(self.grouped(session).nameable, properties=held)

    def with_properties(self, session: Session, names: Sequence[str]) -> Grouped:
        """The same, with these properties of the items, each read once."""
        from basketweave.graph.embedded.in_memory import catalogue

        found = self.grouped(session)
        if not names:
            return found
        for name in names:
            if name not in self._properties:
                self._properties[name] = catalogue.column(session, name, self.numbers)
        columns = [
            told_column(
                _of_length(self._properties[name], len(found)), found, self.said
            )
            for name in names
        ]
        items = pl.DataFrame([found.ids.alias("id"), *columns])
        out = Grouped(replace(found.graph, items=items))
        vars(out).update({k: v for k, v in vars(found).items() if k != "graph"})
        return out

    @cached_property
    def by_popularity(self) -> IntArray:
        """All items, the most popular first."""
        return by_popularity(self.catalogue.popularity, self.catalogue.order)

    def steps(
        self, session: Session, settings: BlendSettings
    ) -> Mapping[str, sp.csr_array]:
        """kind -> its relationships as a matrix (I, I), for kinds with a share."""
        from basketweave.graph.embedded.in_memory import catalogue

        used = [kind for kind, share in shares(settings).items() if share > 0]

        def read(kind: str) -> sp.csr_array:
            edges = catalogue.steps(session, kind, self.numbers)
            return step(len(self.catalogue), edges)

        return {
            kind: self._once(self._steps, kind, partial(read, kind)) for kind in used
        }

    def walk(self, session: Session, settings: BlendSettings) -> sp.csr_array:
        """The sum (I, I) of the relationships, each kind times its share in `settings`.

        It is kept for the next request.
        """

        def read() -> sp.csr_array:
            self._walks.clear()  # who tries many shares keeps one of them
            return total(len(self.catalogue), self.steps(session, settings), settings)

        return self._once(
            self._walks, (settings.co_purchased, settings.followed_by), read
        )

    def items(self, session: Session, version: ModelVersion) -> ItemVectors:
        """The items' vectors of a version."""
        from basketweave.graph.embedded.models import vectors

        def read() -> ItemVectors:
            rows = rows_for(self.catalogue.ids, *vectors.rows(session, ITEM, version))
            return self._told(self._by_cell(rows, version), self.placed, version.key)

        return self._once(self._items, version.key, read)

    def _by_cell(self, rows: FloatArray, version: ModelVersion) -> ItemVectors:
        """The vectors, with cells where they are too many to look at all of them."""
        kept, found = self.store.cells, ItemVectors(rows)
        if len(rows) <= kept.exact:
            return found
        published = {one.key for one in self.standing.versions}
        cells = kept.of(version.key, found.placed, rows[found.placed], published)
        return ItemVectors(rows, cells, kept.exact)

    def new(self, session: Session) -> IntArray:
        """The items that nobody had, the last added first, as far as `NEWEST`."""
        if not self._new:
            last = self.numbers[self.numbers >= 0][::-1]
            last = last[self.catalogue.popularity[last] == 0][:NEWEST]
            ids = [self.catalogue.names[item] for item in last.tolist()]
            # Twenty times as quick as a pattern that leads to the users.
            had = session.frame(
                "UNWIND $ids AS id MATCH (item:Item {id: id}) WHERE EXISTS "
                f"{{ MATCH (item)<-[:{'|'.join(self.kinds or EVENT_KINDS)}]-(:User) }} "
                "RETURN item.id AS id",
                {"ids": ids},
            )["id"].to_list()
            some = ~self.catalogue.mask(self.catalogue.positions(had))[last]
            self._new.append(last[some])
        return self._new[0]

    def space(
        self,
        session: Session,
        version: ModelVersion,
        user: str | None,
        vector: FloatArray | None,
    ) -> Space:
        """The vectors of a version for one user.

        The user's vector is `vector` where it is given, and else the published one.
        """
        from basketweave.graph.embedded.models import vectors

        items = self.items(session, version)
        if vector is None and user is not None:
            vector = self.of_person(
                *(user, f"vector {version.key}"),
                lambda: vectors.of_user(session, version, user),
            )
        if vector is None:
            vector = np.zeros(version.dim, np.float32)
        return Space(np.asarray(vector, np.float32)[None], items)


def _of_length(column: pl.Series, n: int) -> pl.Series:
    """The column with nulls for items that came into being after it was read."""
    return column.extend_constant(None, n - len(column))
