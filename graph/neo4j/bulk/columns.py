"""Columns as Neo4j's importer has them: their headers, and lists as text."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    DATASET,
    EVENT_KINDS,
    ITEM,
    RELATIONS,
    USER,
)

BETWEEN = "\x1f"
"""Stands between the values of a list: ASCII's own sign for it."""

AT = "at"
"""The row of a node among those of its label, by which relationships name it."""

_ENDS = {**dict.fromkeys(EVENT_KINDS, (USER, ITEM)), **RELATIONS}
_TYPES = {
    pl.Int64(): "long",
    pl.Float64(): "double",
    pl.Float32(): "double",
    pl.Boolean(): "boolean",
    pl.String(): "string",
}


def header(name: str, frame: pl.DataFrame) -> str:
    """The line that says what the columns are.

    >>> header("Item", pl.DataFrame({"at": [0], "price": [1.5], "tags": [["x"]]}))
    ':ID(Item),price:double,tags:string[]\\n'
    >>> header("MADE_BY", pl.DataFrame({"src": ["a"], "dst": ["b"]}))
    ':START_ID(Item),:END_ID(Brand)\\n'
    """
    if name in (USER, ITEM, CATEGORY, BRAND, DATASET):
        keys = {AT: f":ID({name})"}
    else:
        source, target = _ENDS[name]
        keys = {"src": f":START_ID({source})", "dst": f":END_ID({target})"}
    columns = (keys.get(c) or f"{c}:{_type(t)}" for c, t in frame.schema.items())
    return ",".join(columns) + "\n"


def placed(
    name: str, frame: pl.DataFrame, nodes: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The relationships with the rows of their ends in place of ids."""
    for end, label in zip(("src", "dst"), _ENDS[name], strict=True):
        rows = nodes[label].select(pl.col("id").alias(end)).with_row_index(AT)
        ends = frame.select(end).join(rows, on=end, how="left", maintain_order="left")
        frame = frame.with_columns(ends[AT].alias(end))
    return frame


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists as texts, and decimals as Bolt would send them."""
    frame = frame.with_columns(pl.col(pl.Float32).cast(pl.Float64))
    lists = [c for c, t in frame.schema.items() if isinstance(t, pl.List)]
    return frame.with_columns(
        pl.col(c).cast(pl.List(pl.String)).list.join(BETWEEN) for c in lists
    )


def _type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        return f"{_type(pl.Series([], dtype=dtype.inner).dtype)}[]"
    return _TYPES[dtype]
