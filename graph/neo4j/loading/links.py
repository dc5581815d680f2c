"""Relationships without properties: the catalogue's, and links of the source."""

from __future__ import annotations

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.loading.nodes import FEW, stored_nodes
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.planned.links import Links

_ENDS = ["source", "target"]


def write_links(writer: Writer, links: Links) -> tuple[int, int]:
    """Create the relationships that are missing; remove those that `only` replaces.

    Returns how many were created, and how many pairs name an unknown node.
    """
    pairs = links.pairs
    if pairs.is_empty():
        return 0, 0
    sources = stored_nodes(writer.database, links.ends[0], pairs["src"])
    wanted = _by_node(writer.database, links, pairs, sources)
    stand = _standing(writer.database, links, sources)
    if links.only:
        _remove(writer, links.kind, stand.join(wanted, on=_ENDS, how="anti"))
    new = wanted.join(stand, on=_ENDS, how="anti", maintain_order="left")
    _create(writer, links.kind, new)
    return len(new), len(pairs.drop_nulls()) - len(wanted)


def _by_node(
    database: Database, links: Links, pairs: pl.DataFrame, sources: pl.DataFrame
) -> pl.DataFrame:
    pairs = pairs.drop_nulls()
    targets = stored_nodes(database, links.ends[1], pairs["dst"])
    return (
        pairs.join(sources.select(src="id", source="node"), on="src")
        .join(targets.select(dst="id", target="node"), on="dst")
        .select(_ENDS)
    )


def _standing(database: Database, links: Links, sources: pl.DataFrame) -> pl.DataFrame:
    """The relationships that the sources have now."""
    few = sources["node"].to_list() if len(sources) <= FEW else []
    start = "UNWIND $few AS node MATCH (s) WHERE id(s) = node"
    rows = database.read(
        f"""
        {start if few else f"MATCH (s:{links.ends[0]})"}
        MATCH (s)-[:{links.kind}]->(t:{links.ends[1]})
        RETURN collect(id(s)), collect(id(t))
        """,
        few=few,
    )
    columns = dict(zip(_ENDS, rows[0], strict=True))
    stand = pl.DataFrame(columns, schema=dict.fromkeys(_ENDS, pl.Int64))
    return stand.join(sources, left_on="source", right_on="node", how="semi")


def _create(writer: Writer, kind: str, pairs: pl.DataFrame) -> None:
    writer.columns(
        f"""
        UNWIND range(0, $n - 1) AS k
        MATCH (s) WHERE id(s) = $source[k]
        MATCH (t) WHERE id(t) = $target[k]
        CREATE (s)-[:{kind}]->(t)
        """,
        pairs,
    )


def _remove(writer: Writer, kind: str, pairs: pl.DataFrame) -> None:
    writer.columns(
        f"""
        UNWIND range(0, $n - 1) AS k
        MATCH (s)-[r:{kind}]->(t)
        WHERE id(s) = $source[k] AND id(t) = $target[k]
        DELETE r
        """,
        pairs,
    )
