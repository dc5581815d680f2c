"""Vectors as node properties, and the vector index over those of the items."""

from __future__ import annotations

import time

import numpy as np
import polars as pl

from basketweave.errors import StoreError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.arrays import CHUNK, columns, flat
from basketweave.graph.neo4j.exporting.positions import IS_TEXT
from basketweave.graph.neo4j.loading.nodes import stored_nodes
from basketweave.graph.neo4j.models.versions import index_name
from basketweave.graph.neo4j.together import read_shares
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.planned.vectors import check_vectors
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import ModelVersion, Vectors
from basketweave.progress import Advance


def nodes_of(database: Database, label: str, ids: pl.Series) -> pl.Series:
    """The internal id (n,) of each node; null where the graph has no such node."""
    nodes = stored_nodes(database, label, ids)
    found = pl.DataFrame({"id": ids}).join(
        nodes, on="id", how="left", maintain_order="left"
    )
    return found["node"]


def write_vectors(
    writer: Writer, key: str, nodes: pl.Series, rows: FloatArray, advance: Advance
) -> None:
    """Set the property `key` of these nodes to the rows (n, d)."""
    writer.columns(
        f"""
        UNWIND range(0, $n - 1) AS k
        MATCH (n)
        WHERE id(n) = $node[k]
        SET n.{key} = $vector[k]
        """,
        pl.DataFrame(
            {"node": nodes, "vector": pl.Series(rows).cast(pl.List(pl.Float32))}
        ),
        by="node",
        advance=advance,
    )


def create_index(
    database: Database, version: ModelVersion, label: str, *, small: bool
) -> None:
    """Begin to index the vectors of a label by cosine.

    small   quantised: two fifths of the memory, and a little less exact
    """
    database.write(
        f"""
        CREATE VECTOR INDEX {index_name(version, label)} IF NOT EXISTS
        FOR (n:{label}) ON (n.{version.key})
        OPTIONS {{indexConfig: {{
          `vector.dimensions`: {version.dim},
          `vector.similarity_function`: 'cosine',
          `vector.quantization.enabled`: {str(small).lower()}
        }}}}
        """
    )


def await_index(
    database: Database, version: ModelVersion, label: str, advance: Advance
) -> None:
    """Wait until the index can be used; `advance` gets percents, 100 in all.

    Raises `StoreError` where the server could not build it.
    """
    done = 0.0
    while True:
        rows = database.read(
            """
            SHOW INDEXES YIELD name, state, populationPercent
            WHERE name = $name
            RETURN state, populationPercent
            """,
            name=database.spelling.name(index_name(version, label)),
        )
        state, percent = rows[0] if rows else ("FAILED", 0.0)
        advance(percent - done)
        done = percent
        if state == "ONLINE":
            return
        if state == "FAILED":
            raise StoreError(
                f"The server could not build {index_name(version, label)}. See its "
                "logs/debug.log, and publish again: the old version still serves."
            )
        time.sleep(0.1)


def remove_vectors(database: Database, version: ModelVersion) -> None:
    """Drop the indexes, then the properties: removing these first would be slow."""
    for label in (USER, ITEM):
        database.write(f"DROP INDEX {index_name(version, label)} IF EXISTS")
        database.run_alone(
            f"""
            MATCH (n:{label})
            WHERE n.{version.key} IS NOT NULL
            CALL (n) {{ REMOVE n.{version.key} }} IN TRANSACTIONS OF 10000 ROWS
            """
        )


def read_vectors(database: Database, version: ModelVersion) -> Vectors:
    """The vectors of a version, in the order of the ids."""
    check_vectors(version)
    users, user_vectors = _read(database, USER, version)
    items, item_vectors = _read(database, ITEM, version)
    return Vectors(version.card, users, items, user_vectors, item_vectors)


def _read(
    database: Database, label: str, version: ModelVersion
) -> tuple[pl.Series, FloatArray]:
    shares = read_shares(
        database,
        f"""
        MATCH (n:{label})
        WHERE id(n) % $shares = $share AND {IS_TEXT}
          AND n.{version.key} IS :: LIST<INTEGER> NOT NULL | LIST<FLOAT> NOT NULL
          AND size(n.{version.key}) = $dim
        RETURN collect(n.id), collect(n.{version.key}), id(n) / {CHUNK}
        """,
        {"dim": version.dim},
    )
    found, vectors = columns(shares, 2)
    ids = pl.Series("id", found, dtype=pl.String)
    rows = flat(vectors, np.float32).reshape(-1, version.dim)
    order = ids.arg_sort()
    return ids[order], rows[order.to_numpy()]
