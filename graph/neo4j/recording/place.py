"""Vectors for new items in what is live, within the transaction that writes them."""

from __future__ import annotations

from collections.abc import Sequence

from basketweave.graph.neo4j.connection import InTransaction
from basketweave.graph.planned.placing import NEIGHBOURS, place
from basketweave.graph.schema import check_name

_LIVE = """
    MATCH (m:Model {kind: 'encoder', status: 'live'})
    WHERE m.property IS NOT NULL
    RETURN m.property
    """
_LACKING = """
    UNWIND $ids AS one
    MATCH (n:Item {{id: one}})
    WHERE n.{key} IS NULL
    RETURN n.id, [(n)-[:IN_CATEGORY]->(c) | c.id], [(n)-[:MADE_BY]->(b) | b.id]
    """
_BY_CATEGORY = """
    UNWIND $categories AS one
    MATCH (:Category {{id: one}})<-[:IN_CATEGORY]-(o:Item)
    WHERE o.{key} IS NOT NULL
    WITH o, count(*) + CASE
      WHEN EXISTS {{ (o)-[:MADE_BY]->(b) WHERE b.id IN $brands }} THEN 1 ELSE 0 END AS shared
    """
_BY_BRAND = """
    UNWIND $brands AS one
    MATCH (:Brand {{id: one}})<-[:MADE_BY]-(o:Item)
    WHERE o.{key} IS NOT NULL
    WITH o, count(*) AS shared
    """
_NEAREST = f"""
    ORDER BY shared DESC, coalesce(o.popularity, 0.0) DESC, o.id
    LIMIT {NEIGHBOURS}
    RETURN shared, o.{{key}}
    """


def place_items(tx: InTransaction, ids: Sequence[str]) -> None:
    """Give those of these items a vector that have none, amid those like them."""
    if not ids:
        return
    for (key,) in tx(_LIVE):
        _place_in(tx, check_name(key), ids)


def _place_in(tx: InTransaction, key: str, ids: Sequence[str]) -> None:
    known: dict[object, list[float] | None] = {}
    placed = []
    for item, categories, brands in tx(_LACKING.format(key=key), ids=list(ids)):
        group = tuple(sorted(categories)), tuple(sorted(brands))
        if group not in known:
            known[group] = _vector(tx, key, *group)
        if known[group] is not None:
            placed.append({"id": item, "vector": known[group]})
    if placed:
        tx(
            f"UNWIND $rows AS row MATCH (n:Item {{id: row.id}}) SET n.{key} = row.vector",
            rows=placed,
        )


def _vector(
    tx: InTransaction, key: str, categories: Sequence[str], brands: Sequence[str]
) -> list[float] | None:
    if not categories and not brands:
        return None
    match = _BY_CATEGORY if categories else _BY_BRAND
    statement = (match + _NEAREST).format(key=key)
    rows = tx(statement, categories=list(categories), brands=list(brands))
    return place([(shared, vector) for shared, vector in rows])
