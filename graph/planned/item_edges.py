"""Derived relationships between items: their columns, and a check of a frame."""

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
"""The properties of each derived relationship type, and their stored types."""


def checked(kind: str, edges: pl.DataFrame) -> pl.DataFrame:
    """The frame with `src`, `dst` and the columns of a derived `kind`, one row a pair.

    The columns have the types in `COLUMNS`; of several rows of a pair the first stays.

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
