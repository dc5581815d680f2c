"""Relationships of one type, read as lists for each chunk of source nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.arrays import CHUNK, columns
from basketweave.graph.neo4j.exporting.positions import Index
from basketweave.graph.neo4j.together import read_shares
from basketweave.graph.planned.item_edges import COLUMNS
from basketweave.graph.schema import relation
from basketweave.graph.subgraph import Edges

_ENDS = ("source", "target", "relationship")
_TYPES: Mapping[pl.DataType, type[np.generic]] = {
    pl.Int64(): np.int64,
    pl.Float32(): np.float32,
}


def read_edges(database: Database, kind: str, index: Mapping[str, Index]) -> Edges:
    """The relationships of a kind between nodes of `index`, sorted by both ends."""
    source, _, target = relation(kind)
    found = read_relationships(database, kind)
    left = index[source].positions(found["source"].to_numpy())
    right = index[target].positions(found["target"].to_numpy())
    # A node that came after the index was read is no part of this export.
    keep = np.flatnonzero((left >= 0) & (right >= 0))
    keep = keep[np.lexsort((right[keep], left[keep]))]
    properties = {n: found[n].to_numpy()[keep] for n in COLUMNS.get(kind, {})}
    return Edges(np.stack([left[keep], right[keep]]), properties)


def read_relationships(
    database: Database, kind: str, of: Sequence[int] | None = None
) -> pl.DataFrame:
    """A frame of all relationships of a kind, or `of` these sources, in no order.

    Its columns are the internal ids `source`, `target` and `relationship`, and the
    properties of that kind.
    """
    source, _, target = relation(kind)
    properties = COLUMNS.get(kind, {})
    types: list[type[np.generic]] = [np.int64] * len(_ENDS)
    types += [_TYPES[type_] for type_ in properties.values()]
    # collect() leaves nulls out, so one missing property would shift all others.
    collected = "".join(f", collect({_number(n)})" for n in properties)
    shares = read_shares(
        database,
        f"""
        {"" if of is None else "UNWIND $of AS one"}
        MATCH (a:{source})
        WHERE id(a) % $shares = $share {"" if of is None else "AND id(a) = one"}
        MATCH (a)-[r:{kind}]->(b:{target})
        WITH id(a) AS a, id(b) AS b, r
        RETURN collect(a), collect(b), collect(id(r)){collected}, a / {CHUNK}
        """,
        {} if of is None else {"of": of},
    )
    names = (*_ENDS, *properties)
    found = zip(names, types, columns(shares, len(names)), strict=True)
    return pl.DataFrame(
        {name: np.array(values, type_) for name, type_, values in found}
    )


def _number(name: str) -> str:
    """An expression for a number on `r`; 0 where the property is no number."""
    return f"CASE WHEN r.{name} IS :: INTEGER | FLOAT THEN coalesce(r.{name}, 0) ELSE 0 END"
