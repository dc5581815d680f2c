"""One load: nodes, relationships of the catalogue, then events; only what is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from basketweave.graph.neo4j.connection import Database, resuming
from basketweave.graph.neo4j.dataset import note_loaded, note_source
from basketweave.graph.neo4j.loading.events import write_events
from basketweave.graph.neo4j.loading.links import write_links
from basketweave.graph.neo4j.loading.nodes import write_nodes
from basketweave.graph.neo4j.loading.properties import Planned, grow, planned
from basketweave.graph.neo4j.writer import Writer, exclusive
from basketweave.graph.planned.links import links_of
from basketweave.graph.planned.load import EventCounts, summary
from basketweave.graph.planned.nodes import described
from basketweave.graph.schema import LINK_KINDS
from basketweave.graph.store import LoadSummary
from basketweave.graph.tables import Tables
from basketweave.progress import Progress

PATIENCE = 60.0
"""Seconds to wait for a server that was lost in the middle of a load."""


def load(database: Database, tables: Tables, progress: Progress) -> LoadSummary:
    """Add what is new; return how much was added.

    Where the server is lost and comes back, the load continues. Raises `ServerLost`
    where it stays away.
    """
    job = _Load(database, tables, progress)
    return resuming(database, job.run, patience=PATIENCE)


@dataclass
class _Load:
    database: Database
    tables: Tables
    progress: Progress
    # Of the first try: a later one finds there what the first has written.
    created: dict[str, int] = field(default_factory=dict)
    events: EventCounts | None = None
    stray: int = 0

    def run(self) -> LoadSummary:
        with exclusive(self.database, "load") as writer:
            nodes = planned(self.database, described(self.tables))
            note_source(self.database, self.tables)
            self._nodes(writer, nodes)
            self._links(writer)
            self._events(writer)
            events = self.events or EventCounts()
            found = summary(self.tables, self.created, events, self.stray)
            note_loaded(self.database, self.tables, found.notes)
        return found

    def _nodes(self, writer: Writer, nodes: Mapping[str, Planned]) -> None:
        total = sum(len(one.nodes.ids) for one in nodes.values())
        with self.progress.task("Loading users and items", total) as advance:
            for label, one in nodes.items():
                grow(writer, label, one.growing)
                new = write_nodes(writer, label, one.nodes, advance)
                self.created.setdefault(label, new)

    def _links(self, writer: Writer) -> None:
        links = links_of(self.tables)
        with self.progress.task("Loading the catalogue", len(links)) as advance:
            self.stray = 0
            for one in links:
                new, stray = write_links(writer, one)
                self.created.setdefault(one.kind, new)
                self.stray += stray if one.kind in LINK_KINDS else 0
                advance(1)

    def _events(self, writer: Writer) -> None:
        events = self.tables.events
        with self.progress.task("Loading events", len(events)) as advance:
            counts = write_events(writer, events, advance)
        self.events = self.events or counts
