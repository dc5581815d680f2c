"""Relationships without history: the catalogue's, and links between items."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.schema import relation


def add(session: Session, kind: str, pairs: pl.DataFrame) -> int:
    """Add the pairs (`src`, `dst`) that are not there yet; returns how many."""
    return _add(session, kind, pairs, _standing(session, kind))


def set_only(session: Session, kind: str, pairs: pl.DataFrame) -> int:
    """As `add`; what a `src` among the pairs has besides goes (`dst` null: all of it).

    Of other sources nothing changes.
    """
    standing = _standing(session, kind)
    gone = standing.join(pairs, on="src", how="semi")
    gone = gone.join(pairs, on=["src", "dst"], how="anti")
    if len(gone):
        source, _, target = relation(kind)
        session.feed(
            f"LOAD FROM $rows MATCH (a:{source} {{id: src}})-[r:{kind}]->"
            f"(b:{target} {{id: dst}}) DELETE r",
            gone,
        )
    return _add(session, kind, pairs, standing)


def _add(
    session: Session, kind: str, pairs: pl.DataFrame, standing: pl.DataFrame
) -> int:
    pairs = pairs.select("src", "dst").drop_nulls().unique(maintain_order=True)
    new = pairs.join(standing, on=["src", "dst"], how="anti", maintain_order="left")
    session.copy(kind, new)
    return len(new)


def _standing(session: Session, kind: str) -> pl.DataFrame:
    return session.frame(
        f"MATCH ({_end(kind, 0)})-[:{kind}]->({_end(kind, 2)}) "
        "RETURN a.id AS src, b.id AS dst"
    )


def _end(kind: str, at: int) -> str:
    return f"{'a' if at == 0 else 'b'}:{relation(kind)[at]}"
