"""One load: nodes, relationships of the catalogue, then events; only what is new."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.dataset import note_loaded
from basketweave.graph.embedded.loading.events import write_events
from basketweave.graph.embedded.loading.links import write_links
from basketweave.graph.embedded.loading.nodes import write_nodes
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.planned.links import links_of
from basketweave.graph.planned.load import summary
from basketweave.graph.planned.nodes import described
from basketweave.graph.schema import ITEM, LINK_KINDS, USER
from basketweave.graph.store import LoadSummary
from basketweave.graph.tables import Tables
from basketweave.progress import Progress


def load(file: StoreFile, tables: Tables, progress: Progress) -> LoadSummary:
    """Add what is new, all of it or nothing; return how much was added."""
    with file.alone():
        with file.writing() as session:
            found = _load(session, tables, progress)
        with file.writing() as session:
            note_loaded(session, tables, found.notes)
    return found


def _load(session: Session, tables: Tables, progress: Progress) -> LoadSummary:
    nodes, links = described(tables), links_of(tables)
    size = {USER: len(tables.users), ITEM: len(tables.items)}
    total, stray = sum(size.values()) + len(tables.events), 0
    with progress.task(f"Loading {tables.name}", total=max(total, 1)) as advance:
        created = {}
        for label, one in nodes.items():
            created[label] = write_nodes(session, label, one)
            advance(size.get(label, 0))
        ids = {e: _ids(session, e) for e in {end for one in links for end in one.ends}}
        for some in links:
            created[some.kind], unknown = write_links(session, some, ids)
            stray += unknown if some.kind in LINK_KINDS else 0
        events = write_events(session, tables.events, advance)
    return summary(tables, created, events, stray)


def _ids(session: Session, label: str) -> pl.DataFrame:
    return session.frame(f"MATCH (n:{label}) RETURN n.id AS id")
