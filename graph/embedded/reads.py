"""Named reads of single users and items in the embedded store's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
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


def nearest(
    index: VectorIndex, item: str, n: int, placed: Mapping[str, Sequence[float]]
) -> pl.DataFrame:
    """The `n` items whose vectors are nearest to that of `item`, as `NEAREST`.

    placed   vectors of items that came after those of the index

    The frame is empty where `item` has no vector.
    """
    vector = placed.get(item, index.item_vectors([item]).get(item))
    if vector is None:
        return pl.DataFrame(schema=NEAREST)
    vector = np.asarray(vector, np.float32)
    places, cosines = index.nearest(vector, n + 1)
    found = {"id": index.item_ids[places], "cosine": cosines.astype(float)}
    later = {
        "id": pl.Series(list(placed), dtype=pl.String),
        "cosine": [float(np.dot(np.float32(v), vector)) for v in placed.values()],
    }
    both = pl.concat([pl.DataFrame(found), pl.DataFrame(later, schema=NEAREST)])
    best = both.unique("id", keep="last", maintain_order=True)
    best = best.sort("cosine", descending=True, maintain_order=True)
    return best.filter(pl.col("id") != item).head(n)


def nearest_users(index: VectorIndex, item: str, n: int) -> pl.DataFrame:
    """The `n` users whose vectors are nearest to that of `item`, as `NEAREST`."""
    vector = index.item_vectors([item]).get(item)
    if vector is None:
        return pl.DataFrame(schema=NEAREST)
    cosines = index.vectors.user_vectors @ vector
    every = pl.DataFrame({"id": index.vectors.users, "cosine": cosines.astype(float)})
    return every.top_k(n, by="cosine").sort(["cosine", "id"], descending=[True, False])
