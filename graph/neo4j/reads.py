"""Named reads of single users and items in Neo4j's dialect."""

from __future__ import annotations

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.run import frame
from basketweave.graph.reads import NEAREST, RELATED
from basketweave.graph.schema import EVENT_KINDS
from basketweave.queries import query


def latest(database: Database, user: str, n: int) -> dict[str, str | None]:
    """The titles, by id, of the `n` items that a user had last, the latest first."""
    found = database.read(
        f"""
        MATCH (user:User {{id: $user}})-[had:{"|".join(EVENT_KINDS)}]->(item:Item)
        RETURN item.id AS id, item.title AS title, max(had.lastAt) AS at
        ORDER BY at DESC, id
        LIMIT {n:d}
        """,
        user=user,
    )
    return {item: title for item, title, _ in found}


def related(database: Database, item: str, n: int) -> pl.DataFrame:
    """The `n` items to which derived relationships lead from `item`, as `RELATED`."""
    found = frame(*database.query(query("similar"), {"item": item, "k": n}))
    return found.select(*RELATED).cast(RELATED).drop_nulls("id")


def nearest(database: Database, name: str, item: str, n: int) -> pl.DataFrame:
    """The `n` items nearest to `item` by a model's live vectors, as `NEAREST`."""
    asked = {"item": item, "k": n, "model": name}
    found = frame(*database.query(query("nearest"), asked))
    return found.select(*NEAREST).cast(NEAREST).drop_nulls("id")


def nearest_users(database: Database, name: str, item: str, n: int) -> pl.DataFrame:
    """The `n` users nearest to `item` by a model's live vectors, as `NEAREST`."""
    asked = """
    CYPHER 5
    MATCH (model:Model {name: $model, status: 'live'})
    MATCH (item:Item {id: $item})
    MATCH (user:User)
    WHERE user[model.property] IS NOT NULL AND item[model.property] IS NOT NULL
    RETURN
      user.id AS id,
      2 * vector.similarity.cosine(user[model.property], item[model.property]) - 1 AS cosine
    ORDER BY cosine DESC, id
    LIMIT toInteger($k)
    """
    found = frame(*database.query(asked, {"item": item, "k": n, "model": name}))
    return found.cast(NEAREST).drop_nulls("id")
