"""`load`: one source's tables into the store."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from basketweave.errors import SchemaError
from basketweave.graph.embedded import dataset
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.loading import events
from basketweave.graph.embedded.loading.links import add, set_only
from basketweave.graph.embedded.loading.nodes import upsert
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.planned.nodes import (
    Described,
    apart,
    described,
    in_category,
    made_by,
    parents,
)
from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    LINK_KINDS,
    MADE_BY,
    SUBCATEGORY_OF,
    USER,
)
from basketweave.graph.store import LoadSummary
from basketweave.graph.tables import Tables
from basketweave.progress import Progress

REPEATED = "events of one user, item and time, kept once"
STRAY_LINKS = "links to items that the catalogue lacks, left out"


def load(file: StoreFile, tables: Tables, progress: Progress) -> LoadSummary:
    """Add what is not there yet, all of it or nothing; then say so."""
    with file.alone():
        with file.writing() as session:
            summary = _load(session, tables, progress)
        with file.writing() as session:
            dataset.loaded(session, tables, summary.notes)
    return summary


def _load(session: Session, tables: Tables, progress: Progress) -> LoadSummary:
    nodes = described(tables)
    total = len(tables.users) + len(tables.items) + len(tables.events)
    with progress.task(f"Loading {tables.name}", total=max(total, 1)) as advance:
        users = _nodes(session, USER, nodes[USER])
        advance(len(tables.users))
        items = _nodes(session, ITEM, nodes[ITEM])
        categories = _nodes(session, CATEGORY, nodes[CATEGORY])
        brands = _nodes(session, BRAND, nodes[BRAND])
        _catalogue(session, tables)
        links, stray = _links(session, tables)
        advance(len(tables.items))
        added = events.add(session, tables.events, advance)
    return LoadSummary(
        users=users,
        items=items,
        categories=categories,
        brands=brands,
        events=added.new,
        links=links,
        already_there=added.already_there,
        quarantined=len(tables.quarantine),
        notes=_told(
            {
                **tables.notes,
                **apart(tables),
                REPEATED: added.repeated,
                STRAY_LINKS: stray,
            }
        ),
    )


def _told(notes: Mapping[str, int]) -> dict[str, int]:
    """Notes without the counts that this package adds when they are nothing."""
    ours = (REPEATED, STRAY_LINKS)
    return {note: n for note, n in notes.items() if n or note not in ours}


def _nodes(session: Session, label: str, nodes: Described) -> int:
    """Described nodes, and bare ones for ids that are only named: no event is lost."""
    new = upsert(session, label, nodes.rows).new
    bare = nodes.ids.alias("id").to_frame().join(nodes.rows, on="id", how="anti")
    bare = bare.sort("id")
    return new + upsert(session, label, bare).new if len(bare) else new


def _catalogue(session: Session, tables: Tables) -> None:
    """What ties items to categories and brands, and categories to those above."""
    items = _rows_of(session, ITEM)
    inside = in_category(tables).join(items, left_on="src", right_on="id", how="semi")
    set_only(session, SUBCATEGORY_OF, parents(tables))
    set_only(session, IN_CATEGORY, inside)
    set_only(session, MADE_BY, made_by(tables))


def _links(session: Session, tables: Tables) -> tuple[int, int]:
    """Catalogue links; how many were new, and how many lead out of the catalogue."""
    items, added, stray = _rows_of(session, ITEM), 0, 0
    for (kind,), links in tables.links.group_by("kind", maintain_order=True):
        if kind not in LINK_KINDS:
            raise SchemaError(
                f"{kind!r} is not a kind of link. Use one of {', '.join(LINK_KINDS)}."
            )
        inside = links.join(items, left_on="src", right_on="id", how="semi")
        inside = inside.join(items, left_on="dst", right_on="id", how="semi")
        stray += len(links) - len(inside)
        added += add(session, str(kind), inside)
    return added, stray


def _rows_of(session: Session, label: str) -> pl.DataFrame:
    return session.frame(f"MATCH (n:{label}) RETURN n.id AS id")
