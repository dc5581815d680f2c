"""What was said of items after the arrays were read: into the arrays, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import polars as pl

from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.graph.planned.said import LINKED
from basketweave.graph.schema import ITEM, relation
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.graph.upserted import Said

C = TypeVar("C", bound=Catalogue)

KEPT = ("names", "position", "order", "popularity", "rebuy", "brand", "category")
"""What stays whatever is said of prices, stock and titles."""
OF_LINKS = ("brand", "category")


def told_properties(catalogue: C, said: Sequence[Said]) -> C:
    """The catalogue with the properties that were told; each array it has stays."""
    told: dict[str, dict[int, Any]] = {}
    for one in said:
        for name in PROPERTIES:
            if name in one.properties:
                at = catalogue.position[one.id]
                told.setdefault(name, {})[at] = one.properties[name]
    graph = catalogue.graph
    items = graph.items
    if not told or items is None:
        return catalogue
    columns = [_told(items[name], values) for name, values in told.items()]
    out = type(catalogue)(replace(graph, items=items.with_columns(columns)))
    had = vars(catalogue)
    vars(out).update({name: had[name] for name in KEPT if name in had})
    if "title" in had:
        titles = list(had["title"])
        for at, title in told.get("title", {}).items():
            titles[at] = title
        vars(out)["title"] = titles
    return out


def told_column(
    column: pl.Series, catalogue: Catalogue, said: Sequence[Said]
) -> pl.Series:
    """A property (I,) as it was read, with what was told of it since."""
    values = {
        catalogue.position[one.id]: one.properties[column.name]
        for one in said
        if column.name in one.properties
    }
    return _told(column, values) if values else column


def told_links(catalogue: C, said: Sequence[Said]) -> C:
    """The catalogue with the categories and brands that were told."""
    graph = catalogue.graph
    for kind in LINKED:
        links = {one.id: one.links[kind] for one in said if kind in one.links}
        if links:
            at = {catalogue.position[item]: to for item, to in links.items()}
            graph = _linked(graph, kind, at)
    if graph is catalogue.graph:
        return catalogue
    out, had = type(catalogue)(graph), vars(catalogue)
    kept = {*had} - {"graph", "nameable", *OF_LINKS}
    vars(out).update({name: had[name] for name in kept})
    return out


def _told(column: pl.Series, values: dict[int, Any]) -> pl.Series:
    """The column with these values, in the type that can hold them."""
    new = pl.Series(column.name, list(values.values()), strict=False)
    if new.dtype == pl.Null:  # nothing any more, in whatever type others have
        new = new.cast(pl.String if column.dtype == pl.Null else column.dtype)
    wider = new.dtype.is_float() and column.dtype.is_integer()
    if wider or column.null_count() == len(column):
        column = column.cast(new.dtype, strict=False)
    if isinstance(column.dtype, pl.List):  # which cannot be scattered
        told = column.to_list()
        for at, value in values.items():
            told[at] = value
        return pl.Series(column.name, told, column.dtype)
    return column.clone().scatter(list(values), new.cast(column.dtype, strict=False))


def _linked(graph: Subgraph, kind: str, links: dict[int, Sequence[str]]) -> Subgraph:
    """The graph where these items (by position) lead to these groups and no others."""
    of_kind = relation(kind)
    label = of_kind[2]
    groups = graph.ids.get(label, pl.Series("id", [], dtype=pl.String))
    place = {one: n for n, one in enumerate(groups)}
    new = dict.fromkeys(to for some in links.values() for to in some if to not in place)
    place |= {one: n for n, one in enumerate(new, len(place))}
    more = pl.Series(groups.name, list(new), dtype=pl.String)
    changed = np.zeros(graph.n(ITEM), bool)
    changed[list(links)] = True
    index = graph.edges[of_kind].index
    pairs = [(at, place[to]) for at, some in links.items() for to in some]
    added = np.array(pairs, np.int64).reshape(-1, 2).T
    index = np.concatenate([index[:, ~changed[index[0]]], added], axis=1)
    return replace(
        graph,
        ids={**graph.ids, label: pl.concat([groups, more])},
        edges={**graph.edges, of_kind: Edges(index, {})},
    )
