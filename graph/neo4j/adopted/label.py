"""Nodes of the graph's owner get a label and an id of ours beside their own."""

from __future__ import annotations

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.writer import exclusive


def label_nodes(
    database: Database, label: str, own: str, key: str, nodes: pl.DataFrame
) -> None:
    """Give these nodes (`node`, `id`) our `label` and id, where they are still there.

    own, key   the owner's label and key, whose names were checked: an internal id may
               have gone to another node meanwhile
    """
    with exclusive(database, "load") as writer:
        writer.columns(
            f"""
            UNWIND range(0, $n - 1) AS k
            MATCH (n:`{own}`)
            WHERE id(n) = $node[k] AND toString(n.`{key}`) = $id[k]
            SET n:{label}, n.id = $id[k]
            """,
            nodes,
        )
