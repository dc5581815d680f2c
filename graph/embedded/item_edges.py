"""Derived relationships between items, and numbers on items."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.dataset import note_derived, touch
from basketweave.graph.embedded.loading.nodes import update_nodes
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.embedded.schema import create_relationships
from basketweave.graph.planned.distinct import same_rows
from basketweave.graph.planned.item_edges import checked
from basketweave.graph.schema import ITEM
from basketweave.progress import Progress


def write_item_edges(
    file: StoreFile,
    kind: str,
    edges: pl.DataFrame,
    as_of: int | None,
    progress: Progress,
) -> int:
    """Make `edges` the only relationships of a derived kind; return their number.

    Edges with an end that is no item of the store are left out. Where anything differs,
    a new table is filled and takes the old one's name. Changing single rows would not
    be quicker: deleting 50,000 of a million takes 3 s, filling a table with them 2 s.
    """
    wanted, new = checked(kind, edges), f"{kind}_new"
    with progress.task(f"Writing {kind}", max(len(edges), 1)) as advance, file.alone():
        with file.writing() as session:
            session.do(f"DROP TABLE IF EXISTS {new}")
            inside = _inside(session, wanted)
            differ = not _stand(session, kind, inside)
            if differ:
                create_relationships(session, kind, new)
                session.copy(new, inside)
        with file.writing() as session:
            if differ:
                session.do(f"DROP TABLE {kind}")
                session.do(f"ALTER TABLE {new} RENAME TO {kind}")
            note_derived(session, as_of)
            touch(session)
        advance(len(edges))
    return len(inside)


def write_item_scores(file: StoreFile, scores: pl.DataFrame) -> None:
    """Set those properties of items that differ; unknown ids are left out."""
    with file.writing() as session:
        update_nodes(session, ITEM, scores)
        touch(session)


def _inside(session: Session, edges: pl.DataFrame) -> pl.DataFrame:
    """The edges whose both ends are items of the store."""
    items = session.frame(f"MATCH (i:{ITEM}) RETURN i.id AS id")
    inside = edges.join(items, left_on="src", right_on="id", how="semi")
    return inside.join(items, left_on="dst", right_on="id", how="semi")


def _stand(session: Session, kind: str, edges: pl.DataFrame) -> bool:
    """Whether the store has exactly these edges already."""
    names = (n for n in edges.columns if n not in ("src", "dst"))
    returned = ", ".join(f"r.{name} AS {name}" for name in names)
    there = session.frame(
        f"MATCH (a:{ITEM})-[r:{kind}]->(b:{ITEM}) "
        f"RETURN a.id AS src, b.id AS dst, {returned}"
    )
    return same_rows(there, edges)
