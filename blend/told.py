"""What was said of items after the arrays were read: into the arrays, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.blend.growth import OF_ITEMS
from basketweave.graph.planned.said import LINKED
from basketweave.graph.schema import ITEM, relation
from basketweave.graph.subgraph import Edges, IntArray, Subgraph
from basketweave.graph.upserted import Said

C = TypeVar("C", bound=Catalogue)

OF_LINKS = ("brand", "category")
ARRAYS = {
    "popularity": ("popularity", 0.0),
    "rebuy": ("rebuy", 1.0),
    "price": ("price", np.nan),
    "inStock": ("in_stock", False),
}
"""A property, the array that has it, and what is there where it is missing."""


def told_properties(catalogue: C, said: Sequence[Said]) -> C:
    """The catalogue with the properties that were told; each array it has stays.

    The frame of properties stays as it was read: the arrays say what there is.
    """
    told: dict[str, dict[int, Any]] = {}
    for one in said:
        for name in PROPERTIES:
            if name in one.properties:
                at = catalogue.position[one.id]
                told.setdefault(name, {})[at] = one.properties[name]
    if not told:
        return catalogue
    found = {name: getattr(catalogue, name) for name in OF_ITEMS}
    for name, values in told.items():
        if name in ARRAYS:
            array, otherwise = ARRAYS[name]
            found[array] = _with(found[array], values, otherwise)
    if "title" in told:
        found["title"] = list(found["title"])
        for at, title in told["title"].items():
            found["title"][at] = title
    found["knows_stock"] |= any(v is not None for v in told.get("inStock", {}).values())
    out, had = type(catalogue)(catalogue.graph), vars(catalogue)
    vars(out).update({name: had[name] for name in OF_LINKS if name in had} | found)
    return out


def _with(
    array: npt.NDArray[Any], values: Mapping[int, Any], otherwise: Any
) -> npt.NDArray[Any]:
    out = array.copy()
    told = [otherwise if value is None else value for value in values.values()]
    out[list(values)] = told
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


def told_ranks(
    ranked: IntArray, catalogue: Catalogue, said: Sequence[Said]
) -> IntArray:
    """All positions by popularity, after some items were bought for the first time."""
    moved = catalogue.positions(o.id for o in said if "popularity" in o.properties)
    moved = np.unique(moved)
    if not len(moved):
        return ranked
    popular, order = catalogue.popularity, catalogue.order
    moved = moved[np.lexsort((order[moved], -popular[moved]))]
    rest = ranked[~catalogue.mask(moved)[ranked]]
    descending = -popular[rest]
    places = []
    for at in moved.tolist():
        start, end = (
            int(np.searchsorted(descending, -popular[at], side))
            for side in ("left", "right")
        )
        places.append(start + int((order[rest[start:end]] < order[at]).sum()))
    return np.insert(rest, places, moved)


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
