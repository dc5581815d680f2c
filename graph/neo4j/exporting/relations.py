"""Relationships of one type, read as one list a source node."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from basketweave.errors import SchemaError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.arrays import CHUNK, columns
from basketweave.graph.neo4j.exporting.positions import Index
from basketweave.graph.neo4j.together import read_shares
from basketweave.graph.schema import (
    CATALOGUE,
    CO_PURCHASED,
    FOLLOWED_BY,
    ITEM,
    LINK_KINDS,
    Relation,
)
from basketweave.graph.subgraph import Edges

ENDS = {
    **CATALOGUE,
    **dict.fromkeys((*LINK_KINDS, CO_PURCHASED, FOLLOWED_BY), (ITEM, ITEM)),
}
COLUMNS: Mapping[str, Mapping[str, type[np.generic]]] = {
    CO_PURCHASED: {"support": np.int64, "lift": np.float32, "weight": np.float32},
    FOLLOWED_BY: {"support": np.int64, "weight": np.float32},
}

_ENDS = ("source", "target", "relationship")


def relation(kind: str) -> Relation:
    """A relationship type with the labels of its ends."""
    if kind not in ENDS:
        raise SchemaError(f"{kind!r} is not a relation. Use one of {', '.join(ENDS)}.")
    source, target = ENDS[kind]
    return source, kind, target


def read_edges(database: Database, kind: str, index: Mapping[str, Index]) -> Edges:
    """The relationships of a kind between nodes of `index`, by source and target."""
    source, _, target = relation(kind)
    found = read_relationships(database, kind)
    left = index[source].positions(found["source"].to_numpy())
    right = index[target].positions(found["target"].to_numpy())
    # A node that came after the index was read is no part of this export.
    keep = np.flatnonzero((left >= 0) & (right >= 0))
    keep = keep[np.lexsort((right[keep], left[keep]))]
    properties = {n: found[n].to_numpy()[keep] for n in COLUMNS.get(kind, {})}
    return Edges(np.stack([left[keep], right[keep]]), properties)


def read_relationships(database: Database, kind: str) -> pl.DataFrame:
    """Internal ids of `relationship`, `source` and `target`, and the properties."""
    types = {name: np.int64 for name in _ENDS} | dict(COLUMNS.get(kind, {}))
    # collect() leaves nulls out, so one missing property would shift all others.
    collected = "".join(f", collect({_number(n)})" for n in COLUMNS.get(kind, {}))
    shares = read_shares(
        database,
        f"""
        MATCH (a:{ENDS[kind][0]})
        WHERE id(a) % $shares = $share
        MATCH (a)-[r:{kind}]->(b:{ENDS[kind][1]})
        WITH id(a) AS a, id(b) AS b, r
        RETURN collect(a), collect(b), collect(id(r)){collected}, a / {CHUNK}
        """,
    )
    found = zip(types.items(), columns(shares, len(types)), strict=True)
    return pl.DataFrame(
        {name: np.array(values, dtype) for (name, dtype), values in found}
    )


def _number(name: str) -> str:
    """A property that may have been changed by hand: 0 where it is no number."""
    return f"CASE WHEN r.{name} IS :: INTEGER | FLOAT THEN coalesce(r.{name}, 0) ELSE 0 END"
