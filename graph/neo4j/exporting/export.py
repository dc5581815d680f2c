"""One export: ids, events by kind, and relationships by type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from basketweave.graph.neighbourhood import neighbourhood
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.histories import read_history
from basketweave.graph.neo4j.exporting.positions import Index, reached, read_index
from basketweave.graph.neo4j.exporting.relations import read_edges, relation
from basketweave.graph.planned.arrival import in_order, shortlex
from basketweave.graph.schema import (
    CATALOGUE,
    EVENT_KINDS,
    ITEM,
    NODE_TYPES,
    USER,
    check_kind,
)
from basketweave.graph.subgraph import Events, Subgraph
from basketweave.progress import Progress


@dataclass(frozen=True)
class Exporter:
    """What is asked for: event `kinds`, `relations`, and a bound in time.

    Ids come in their own order, events in that of user, time and arrival, so that both
    stores give the same arrays for the same data.
    """

    database: Database
    as_of: int | None
    kinds: Sequence[str] | None
    relations: Sequence[str] | None
    progress: Progress

    def whole(self) -> Subgraph:
        """The whole graph."""
        return self._read(None, 0)

    def around(self, seeds: Sequence[str], hops: int) -> Subgraph:
        """What lies within `hops` events of the `seeds` users, and between that."""
        return neighbourhood(self._read(seeds, hops), seeds, hops)

    def _read(self, seeds: Sequence[str] | None, hops: int) -> Subgraph:
        kinds = self._kinds()
        wanted = CATALOGUE if self.relations is None else self.relations
        relations = [relation(kind) for kind in wanted]
        steps = 1 + len(kinds) + len(relations)
        with self.progress.task("Exporting", total=steps) as advance:
            index = {label: read_index(self.database, label) for label in NODE_TYPES}
            if seeds is not None:
                index |= self._within(index, seeds, kinds, hops)
            advance(1)
            events = {}
            for kind in kinds:
                events[kind] = self._events(kind, index, some=seeds is not None)
                advance(1)
            edges = {}
            for one in relations:
                edges[one] = read_edges(self.database, one[1], index)
                advance(1)
        ids = {label: found.ids for label, found in index.items()}
        return Subgraph(ids, events, edges, self.as_of)

    def _kinds(self) -> list[str]:
        if self.kinds is not None:
            return [check_kind(kind) for kind in self.kinds]
        some = (
            f"MATCH (:User)-[:{kind}]->(:Item) RETURN '{kind}' AS kind LIMIT 1"
            for kind in EVENT_KINDS
        )
        return [kind for (kind,) in self.database.read(" UNION ALL ".join(some))]

    def _within(
        self, index: dict[str, Index], seeds: Sequence[str], kinds: list[str], hops: int
    ) -> dict[str, Index]:
        """The users and items that the seeds reach: less to read than everything."""
        wanted = index[USER].ids.is_in(list(seeds)).to_numpy()
        start = index[USER].nodes[wanted]
        users, items = reached(self.database, start, kinds, hops, self.as_of)
        return {USER: index[USER].only(users), ITEM: index[ITEM].only(items)}

    def _events(self, kind: str, index: dict[str, Index], *, some: bool) -> Events:
        users = index[USER].nodes if some else None
        found = read_history(self.database, kind, users=users, as_of=self.as_of)
        found = found.with_columns(
            user=index[USER].positions(found["u"].to_numpy()),
            item=index[ITEM].positions(found["i"].to_numpy()),
            value=pl.col("value").cast(pl.Float32),
        )
        # A node that came after the index was read is no part of this export.
        found = found.filter((pl.col("user") >= 0) & (pl.col("item") >= 0))
        # Two relationships of a pair, made by hand, may tell of the same event.
        found = found.unique(["user", "item", "time", "millis"], keep="first")
        names = ("user", "item", "time", "value", "millis", "arrival")
        events = Events(*(found[name].to_numpy() for name in names))
        return in_order(events, shortlex(index[ITEM].ids))
