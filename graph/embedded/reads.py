"""Named reads of single users and items in the embedded store's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from basketweave.graph.embedded import nodes, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.in_memory.nearest import VectorIndex
from basketweave.graph.embedded.recording.recent import Recent, RecentEvents
from basketweave.graph.pages import Sought
from basketweave.graph.reads import NEAREST, RELATED
from basketweave.graph.schema import EVENT_KINDS, ITEM, USER, check_name
from basketweave.queries import query


def latest(session: Session, seen: RecentEvents, user: str, n: int) -> list[str]:
    """The ids of the `n` items that a user had last, the latest first."""
    found = session.rows(
        f"MATCH (user:User {{id: $user}})-[had:{'|'.join(EVENT_KINDS)}]->(item:Item) "
        f"RETURN item.id AS id, max(had.at) AS at ORDER BY at DESC, id LIMIT {n:d}",
        {"user": user},
    )
    last: dict[str, int] = dict(map(tuple, found))
    for event in seen.of(user):
        last[event.item] = max(event.time, last.get(event.item, event.time))
    return sorted(last, key=lambda item: (-last[item], item))[:n]


def find_users(session: Session, recent: Recent, start: str, n: int) -> list[str]:
    """At most `n` ids of users that begin with `start`, short ids first."""
    found = session.rows(
        "MATCH (user:User) WHERE user.id STARTS WITH $start "
        f"RETURN user.id AS id ORDER BY size(user.id), user.id LIMIT {n:d}",
        {"start": start},
    )
    new = (name for name in recent.created(USER) if name.startswith(start))
    every = {*(name for (name,) in found), *new}
    return sorted(every, key=lambda name: (len(name), name))[:n]


def find_items(
    session: Session, recent: Recent, text: str, n: int
) -> dict[str, str | None]:
    """id -> title of at most `n` items that have `text` in their title, in any case, or
    at the start of their id; popular items first."""
    touched = recent.touched(ITEM)
    rows = session.rows(
        "MATCH (item:Item) "
        "WHERE lower(item.title) CONTAINS $words OR item.id STARTS WITH $text "
        "RETURN item.id AS id, item.title, coalesce(item.popularity, 0.0) AS p "
        f"ORDER BY item.id = $text DESC, p DESC, id LIMIT {n + len(touched):d}",
        {"text": text, "words": text.lower()},
    )
    found = [row for row in rows if row[0] not in touched]
    sought = Sought("", n, text)
    for node in nodes.find(session, recent, ITEM, touched).values():
        if node is not None and sought.finds(ITEM, node):
            of = node.properties
            found.append([node.id, of.get("title"), of.get("popularity") or 0.0])
    found.sort(key=lambda row: (row[0] != text, -row[2], row[0]))
    return {item: title for item, title, _ in found[:n]}


def count(session: Session, recent: Recent, label: str) -> int:
    """How many nodes of a label there are."""
    return schema.nodes(session, check_name(label)) + len(recent.created(label))


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
        "cosine": [
            float(np.dot(np.asarray(v, np.float32), vector)) for v in placed.values()
        ],
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
