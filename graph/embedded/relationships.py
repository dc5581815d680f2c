"""Relationships without history: the catalogue's, and links between items."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.session import Session
from basketweave.graph.embedded.tables import relation


def add(session: Session, kind: str, pairs: pl.DataFrame) -> int:
    """Add the pairs (`src`, `dst`) that are not there yet; returns how many."""
    pairs = pairs.select("src", "dst").drop_nulls().unique(maintain_order=True)
    known = session.frame(
        f"MATCH ({_end(kind, 0)})-[:{kind}]->({_end(kind, 2)}) "
        "RETURN a.id AS src, b.id AS dst"
    )
    new = pairs.join(known, on=["src", "dst"], how="anti", maintain_order="left")
    session.copy(kind, new)
    return len(new)


def set_only(session: Session, kind: str, pairs: pl.DataFrame) -> int:
    """As `add`, where a `src` has one `dst`, or none (null): another one there goes."""
    pairs = pairs.unique("src", keep="last", maintain_order=True)
    known = session.frame(
        f"MATCH ({_end(kind, 0)})-[:{kind}]->({_end(kind, 2)}) "
        "RETURN a.id AS src, b.id AS dst"
    )
    moved = known.join(pairs, on="src", suffix="_new").filter(
        pl.col("dst").ne_missing(pl.col("dst_new"))
    )
    if len(moved):
        source = relation(kind)[0]
        session.feed(
            f"LOAD FROM $rows MATCH (a:{source} {{id: src}})-[r:{kind}]->() DELETE r",
            moved.select("src"),
        )
    return add(session, kind, pairs)


def _end(kind: str, at: int) -> str:
    return f"{'a' if at == 0 else 'b'}:{relation(kind)[at]}"
