"""What the embedded store keeps in memory between requests, read anew after a write."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import by_popularity
from basketweave.blend.space import ItemVectors, Space
from basketweave.blend.walk import step, total
from basketweave.graph.schema import (
    BRAND,
    CATALOGUE,
    CATEGORY,
    CO_PURCHASED,
    FOLLOWED_BY,
    ITEM,
)
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import ModelVersion, rows_for
from basketweave.progress import SILENT
from basketweave.queries import statements
from basketweave.serving.engine import derived, held
from basketweave.serving.snapshot import Names
from basketweave.serving.standing import Standing

if TYPE_CHECKING:
    from basketweave.graph.embedded.nearest import VectorIndex
    from basketweave.graph.embedded.session import Session
    from basketweave.graph.embedded.store import LadybugStore

STATEMENTS = "recommend.ladybug"


@dataclass(frozen=True, eq=False)
class State:
    """The store at one moment: what is published, the items, and their relationships.

    numbers   the engine's own number of an item -> its position; -1 for none
    """

    store: LadybugStore
    standing: Standing
    catalogue: Catalogue
    numbers: IntArray
    _spaces: dict[str, tuple[VectorIndex, ItemVectors]] = field(default_factory=dict)
    _walks: dict[tuple[float, float], sp.csr_array] = field(default_factory=dict)

    @classmethod
    def now(cls, store: LadybugStore, session: Session, before: State | None) -> State:
        """The state that this session sees: the one before, unless something was written."""
        from basketweave.graph.embedded import dataset, models

        found = held(dataset.read(session))
        if before is not None and before.standing.dataset == found:
            return before
        standing = Standing(found, tuple(models.versions(session)))
        catalogue = Catalogue(_exported(session))
        return cls(store, standing, catalogue, _numbers(session, catalogue))

    def positions(self, numbers: IntArray) -> IntArray:
        """The positions of items of these numbers; -1 where there is none."""
        known = numbers < len(self.numbers)
        return np.where(known, self.numbers[np.where(known, numbers, 0)], -1)

    def require_derived(self) -> None:
        """Raise `NotFoundError` where nothing is derived from the events."""
        derived(self.standing.dataset, self.store)

    @cached_property
    def names(self) -> Names:
        """What rules may name."""
        return names(self.catalogue)

    @cached_property
    def by_popularity(self) -> IntArray:
        """All items, the most popular first."""
        return by_popularity(self.catalogue.popularity, self.catalogue.order)

    @cached_property
    def steps(self) -> dict[str, sp.csr_array]:
        """The relationships of each kind as (I, I) csr."""
        edges = self.catalogue.graph.edges
        return {
            kind: step(len(self.catalogue), edges[ITEM, kind, ITEM])
            for kind in (CO_PURCHASED, FOLLOWED_BY)
        }

    def walk(self, settings: BlendSettings) -> sp.csr_array:
        """Their sum under the shares of these settings, kept for the next request."""
        key = settings.together, settings.follows
        found = self._walks.get(key)
        if found is None:
            self._walks.clear()  # who tries many shares keeps one of them
            found = self._walks[key] = total(self.steps, settings)
        return found

    def space(
        self,
        session: Session,
        version: ModelVersion,
        user: str | None,
        vector: FloatArray | None,
    ) -> Space:
        """The vectors of a version for one user: the vector given, or else their own."""
        found = self._spaces.get(version.key)
        if found is None:
            found = self._spaces[version.key] = self._read(session, version)
        index, items = found
        if vector is None and user is not None:
            vector = index.user_vector(user)
        if vector is None:
            vector = np.zeros(index.version.dim, np.float32)
        return Space(np.asarray(vector, np.float32)[None], items)

    def _read(
        self, session: Session, version: ModelVersion
    ) -> tuple[VectorIndex, ItemVectors]:
        from basketweave.graph.embedded import vectors
        from basketweave.graph.embedded.nearest import VectorIndex

        index = self.store.index(version.card.name)
        if index.version.key != version.key:  # another went live since this moment
            index = VectorIndex(version, vectors.read(session, version))
        rows = rows_for(self.catalogue.ids, index.item_ids, index.vectors.item_vectors)
        return index, ItemVectors(rows)


def names(catalogue: Catalogue) -> Names:
    """What rules may name in a catalogue."""
    ids = catalogue.graph.ids
    return Names(
        frozenset(ids.get(CATEGORY, ())),
        frozenset(ids.get(BRAND, ())),
        has_price=not np.isnan(catalogue.price).all(),
        has_stock=catalogue.knows_stock,
    )


def _exported(session: Session) -> Subgraph:
    """The items with what rules and the walk need; no users' events."""
    from basketweave.graph.embedded import attributes
    from basketweave.graph.embedded.export import export

    graph = export(
        session,
        as_of=None,
        kinds=(),
        relations=(*CATALOGUE, CO_PURCHASED, FOLLOWED_BY),
        progress=SILENT,
    )
    return graph.described(attributes.read(session, ITEM, PROPERTIES))


def _numbers(session: Session, catalogue: Catalogue) -> IntArray:
    found = session.frame(statements(STATEMENTS)["numbers"]).sort("id")
    number = found["number"].to_numpy()
    out = np.full(number.max(initial=-1) + 1, -1, np.int64)
    out[number] = np.arange(len(catalogue))  # the export's ids are in this order too
    return out
