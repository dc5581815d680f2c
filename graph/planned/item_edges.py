"""Derived relationships between items: their columns, and a frame of them checked."""

from __future__ import annotations

import polars as pl

from basketweave.errors import DataError, SchemaError
from basketweave.graph.planned.distinct import first_of_each
from basketweave.graph.schema import CO_PURCHASED, DERIVED, FOLLOWED_BY

COLUMNS = {
    CO_PURCHASED: {
        "support": pl.Int64(),
        "lift": pl.Float32(),
        "weight": pl.Float32(),
    },
    FOLLOWED_BY: {"support": pl.Int64(), "weight": pl.Float32()},
}
"""The properties of each derived relationship type, in the types they are kept in."""


def checked(kind: str, edges: pl.DataFrame) -> pl.DataFrame:
    """`src`, `dst` and the columns of a derived `kind` in their types, once a pair.

    Raises `SchemaError` for a kind that is not derived, `DataError` for a column that
    is missing.
    """
    if kind not in DERIVED:
        raise SchemaError(f"{kind!r} is not derived. Use one of {', '.join(DERIVED)}.")
    types = COLUMNS[kind]
    missing = [name for name in ("src", "dst", *types) if name not in edges.columns]
    if missing:
        raise DataError(f"{kind} edges need the columns {', '.join(missing)}.")
    pairs = first_of_each(edges, ["src", "dst"])
    return pairs.select("src", "dst", *(pl.col(n).cast(t) for n, t in types.items()))
