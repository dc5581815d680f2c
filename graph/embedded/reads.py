"""Named reads of single users and items in the embedded store's dialect."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.in_memory.nearest import VectorIndex
from basketweave.graph.reads import NEAREST, RELATED
from basketweave.graph.schema import EVENT_KINDS
from basketweave.queries import query


def latest(session: Session, user: str, n: int) -> dict[str, str | None]:
    """The titles, by id, of the `n` items that a user had last, the latest first."""
    found = session.rows(
        f"MATCH (user:User {{id: $user}})-[had:{'|'.join(EVENT_KINDS)}]->(item:Item) "
        "RETURN item.id AS id, item.title AS title, max(had.at) AS at "
        f"ORDER BY at DESC, id LIMIT {n:d}",
        {"user": user},
    )
    return {item: title for item, title, _ in found}


def related(session: Session, item: str, n: int) -> pl.DataFrame:
    """The `n` items to which derived relationships lead from `item`, as `RELATED`."""
    asked = {"item": item, "k": n}
    found = session.frame(query("similar.ladybug"), asked)
    return found.select(*RELATED).cast(RELATED).drop_nulls("id")


def nearest(index: VectorIndex, item: str, n: int) -> pl.DataFrame:
    """The `n` items whose vectors are nearest to that of `item`, as `NEAREST`.

    The frame is empty where `item` has no vector.
    """
    vector = index.item_vectors([item]).get(item)
    if vector is None:
        return pl.DataFrame(schema=NEAREST)
    places, cosines = index.nearest(vector, n + 1)
    found = pl.DataFrame(
        {"id": index.item_ids[places], "cosine": cosines.astype(float)}
    )
    return found.filter(pl.col("id") != item)


def nearest_users(index: VectorIndex, item: str, n: int) -> pl.DataFrame:
    """The `n` users whose vectors are nearest to that of `item`, as `NEAREST`."""
    vector = index.item_vectors([item]).get(item)
    if vector is None:
        return pl.DataFrame(schema=NEAREST)
    cosines = index.vectors.user_vectors @ vector
    every = pl.DataFrame({"id": index.vectors.users, "cosine": cosines.astype(float)})
    return every.top_k(n, by="cosine").sort(["cosine", "id"], descending=[True, False])
