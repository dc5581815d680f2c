"""The text of items: title, description, categories and brand as one string."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from basketweave.graph.schema import BRAND, CATEGORY, IN_CATEGORY, ITEM, MADE_BY
from basketweave.graph.subgraph import Subgraph


def item_texts(
    subgraph: Subgraph, properties: Sequence[str], *, names: bool = True
) -> list[str]:
    """One text an item (I,), empty where nothing is known of it.

    properties   columns of `subgraph.items`, in this order; those that are not there
                 are passed over, and lists are joined
    names        whether the names of the brand and the categories follow
    """
    n = subgraph.n(ITEM)
    parts = [_column(subgraph, name) for name in properties]
    if names:
        parts += [
            _names(subgraph, MADE_BY, BRAND),
            _names(subgraph, IN_CATEGORY, CATEGORY),
        ]
    whole = zip(*(part or [""] * n for part in parts), strict=True)
    texts = [". ".join(text for text in one if text) for one in whole]
    return texts or [""] * n


def _column(subgraph: Subgraph, name: str) -> list[str] | None:
    if subgraph.items is None or name not in subgraph.items.columns:
        return None
    items = subgraph.described(subgraph.items).items
    assert items is not None
    column = items[name]
    if isinstance(column.dtype, pl.List):
        column = column.cast(pl.List(pl.String)).list.join(" ")
    return column.cast(pl.String).str.strip_chars().fill_null("").to_list()


def _names(subgraph: Subgraph, kind: str, label: str) -> list[str] | None:
    edges = subgraph.edges.get((ITEM, kind, label))
    if edges is None or not len(edges):
        return None
    names = subgraph.ids[label].cast(pl.String).to_list()
    found: list[list[str]] = [[] for _ in range(subgraph.n(ITEM))]
    for item, named in edges.index.T.tolist():
        found[item].append(names[named])
    return [". ".join(some) for some in found]
