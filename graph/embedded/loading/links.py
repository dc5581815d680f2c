"""Relationships without properties: the catalogue's, and links of the source."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.planned.links import Links
from basketweave.graph.schema import relation

_ENDS = ["src", "dst"]


def write_links(
    session: Session, links: Links, ids: Mapping[str, pl.DataFrame]
) -> tuple[int, int]:
    """Add the relationships that are missing; remove those that `only` replaces.

    ids   the ids that the store has of each label

    Returns how many were added, and how many pairs name an unknown node.
    """
    sources, targets = (ids[label] for label in links.ends)
    inside = links.pairs.join(
        sources, left_on="src", right_on="id", how="semi", maintain_order="left"
    )
    wanted = inside.join(
        targets, left_on="dst", right_on="id", how="semi", maintain_order="left"
    )
    standing = _standing(session, links.kind)
    if links.only:
        gone = standing.join(inside, on="src", how="semi")
        _remove(session, links.kind, gone.join(wanted, on=_ENDS, how="anti"))
    new = wanted.join(standing, on=_ENDS, how="anti", maintain_order="left")
    session.copy(links.kind, new)
    return len(new), len(links.pairs.drop_nulls()) - len(wanted)


def _standing(session: Session, kind: str) -> pl.DataFrame:
    source, _, target = relation(kind)
    return session.frame(
        f"MATCH (a:{source})-[:{kind}]->(b:{target}) RETURN a.id AS src, b.id AS dst"
    )


def _remove(session: Session, kind: str, pairs: pl.DataFrame) -> None:
    if len(pairs):
        source, _, target = relation(kind)
        session.feed(
            f"LOAD FROM $rows MATCH (a:{source} {{id: src}})-[r:{kind}]->"
            f"(b:{target} {{id: dst}}) DELETE r",
            pairs,
        )
