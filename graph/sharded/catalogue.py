"""The catalogue of a folder of parts as a subgraph: items and what they belong to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from basketweave.graph.schema import (
    BRAND,
    CATALOGUE,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    SUBCATEGORY_OF,
    USER,
)
from basketweave.graph.sharded.folder import PartsFolder, read_table
from basketweave.graph.subgraph import Edges, Subgraph


def catalogue(found: PartsFolder, properties: Sequence[str] = ()) -> Subgraph:
    """Items, categories and brands of a folder and their relationships, without users.

    properties   of the items, for models that read what items are
    """
    items = read_table(found.table("items"))
    pairs = {
        IN_CATEGORY: _pairs(found, "in_category", "item", "category"),
        SUBCATEGORY_OF: _pairs(found, "categories", "id", "parent"),
        MADE_BY: _named(items, "id", "brand"),
    }
    categories = [*pairs[IN_CATEGORY][1:], *pairs[SUBCATEGORY_OF]]
    ids = {
        USER: pl.Series([], dtype=pl.String),
        ITEM: items["id"],
        CATEGORY: _distinct([*categories, _ids(found, "categories")]),
        BRAND: _distinct(pairs[MADE_BY][1:]),
    }
    edges = {
        (source, kind, target): _edges(ids[source], ids[target], *pairs[kind])
        for kind, (source, target) in CATALOGUE.items()
    }
    graph = Subgraph(ids, {}, edges)
    asked = [name for name in properties if name in items.columns]
    return graph.described(items.select("id", *asked)) if properties else graph


def _pairs(found: PartsFolder, table: str, source: str, target: str) -> list[pl.Series]:
    path = found.table(table)
    rows = read_table(path) if path.exists() else pl.DataFrame()
    return _named(rows, source, target)


def _named(rows: pl.DataFrame, source: str, target: str) -> list[pl.Series]:
    if target not in rows.columns:
        return [pl.Series([], dtype=pl.String)] * 2
    both = rows.select(source, target).drop_nulls().unique(maintain_order=True)
    return [column.cast(pl.String) for column in both.get_columns()]


def _ids(found: PartsFolder, table: str) -> pl.Series:
    path = found.table(table)
    none = pl.Series([], dtype=pl.String)
    return read_table(path, ["id"])["id"] if path.exists() else none


def _distinct(parts: Sequence[pl.Series]) -> pl.Series:
    return pl.concat([part.alias("id") for part in parts]).unique().sort()


def _edges(
    sources: pl.Series, targets: pl.Series, source: pl.Series, target: pl.Series
) -> Edges:
    left, right = (
        named.to_frame("id").join(
            ids.to_frame("id").with_row_index("at"),
            on="id",
            how="left",
            maintain_order="left",
        )["at"]
        for ids, named in ((sources, source), (targets, target))
    )
    known = (left.is_not_null() & right.is_not_null()).to_numpy()
    index = np.stack([left.fill_null(0).to_numpy(), right.fill_null(0).to_numpy()])
    return Edges(index.astype(np.int64)[:, known])
