"""Items that came into being after the arrays were read: a bare row more in each.

Of such an item nothing is known but its id. What is kept of the others is kept: reading
92,000 items anew takes .1 s, and a row more some milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import ChainMap
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import polars as pl
import scipy.sparse as sp

from basketweave.blend.catalogue import Catalogue, id_order
from basketweave.blend.space import ItemVectors
from basketweave.graph.cells import Cells
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import FloatArray, IntArray

C = TypeVar("C", bound=Catalogue)

BARE = {
    "popularity": 0,
    "rebuy": 1,
    "price": np.nan,
    "in_stock": False,
    "brand": -1,
    "category": -1,
}
"""What a catalogue's arrays say of an item of which nothing is known."""

OF_ITEMS = (
    *("names", "title", "position", "order", "by_id"),
    *("popularity", "rebuy", "price", "in_stock", "knows_stock"),
)
"""What a catalogue says of its items alone: read before it grows, then kept."""

OF_GROUPS = ("brand", "category")

FEW = 100
"""For more new items than these the order of ids is sorted anew."""

ROOM = 1_000
"""Rows set aside for the next items, so that vectors are copied once for so many."""


def grown_catalogue(catalogue: C, new: Sequence[str]) -> C:
    """The catalogue with these items behind the others; each array that it has stays.

    The frame of properties stays as it was read: the arrays say what there is.
    """
    graph, ids = catalogue.graph, pl.Series("id", new, dtype=pl.String)
    every = pl.concat([graph.ids[ITEM], ids.rename(graph.ids[ITEM].name)])
    out = type(catalogue)(replace(graph, ids={**graph.ids, ITEM: every}))
    found: dict[str, object] = {name: getattr(catalogue, name) for name in OF_ITEMS}
    n, had = len(catalogue), vars(catalogue)
    found |= {
        name: np.append(had[name], np.full(len(new), bare, had[name].dtype))
        for name, bare in BARE.items()
        if name in had
    }
    # The lists are shared with the catalogue before, which looks at no place so late:
    # copying 92,000 names takes as long as all the rest.
    catalogue.names[n : n + len(new)] = new
    catalogue.title[n : n + len(new)] = [None] * len(new)
    found["position"] = _positions(catalogue.position, n, new)
    if len(new) <= FEW:
        found["order"], found["by_id"] = _ordered(catalogue, new)
    else:
        found["order"] = id_order(every)
        del found["by_id"]
    vars(out).update(found)
    return out


def sharing(groups: C, items: Catalogue) -> C:
    """Items with their groups, where the items are those of another catalogue now."""
    ids = {**groups.graph.ids, ITEM: items.ids}
    out = type(groups)(replace(groups.graph, ids=ids, items=items.graph.items))
    had, of_items = vars(groups), vars(items)
    found = {name: of_items[name] for name in OF_ITEMS if name in of_items}
    none = np.full(len(items) - len(groups), -1)
    found |= {name: np.append(had[name], none) for name in OF_GROUPS if name in had}
    if all(had.get(name) is found.get(name) for name in ("price", "in_stock")):
        found |= {name: had[name] for name in ("nameable",) if name in had}
    vars(out).update(found)
    return out


def grown_ranks(ranked: IntArray, catalogue: Catalogue) -> IntArray:
    """All positions by popularity, with those of the catalogue that are not there yet."""
    new = np.arange(len(ranked), len(catalogue))
    popular, order = catalogue.popularity, catalogue.order
    # Without popularity they stand among the last, who have none either.
    bare = int(np.searchsorted(-popular[ranked], 0))
    new = new[np.argsort(order[new])]
    place = bare + np.searchsorted(order[ranked[bare:]], order[new])
    return np.insert(ranked, place, new)


def grown_steps(matrix: sp.csr_array, n: int) -> sp.csr_array:
    """Relationships (I, I) with rows and columns for `n` items, the new ones empty."""
    out: Any = copy(matrix)  # shares the numbers, which a new matrix would check
    out.resize(n, n)
    return out


def grown_vectors(
    vectors: ItemVectors, n: int, cells: Cells | None = None
) -> ItemVectors:
    """Vectors (I, d) with rows for `n` items, the new ones zeros.

    cells   where they lie from now on; None: where they lay
    """
    rows, had = vectors.rows, vars(vectors)
    room = rows.base
    if room is None or room.shape[1:] != rows.shape[1:] or len(room) < n:
        room = np.zeros((n + ROOM, rows.shape[1]), rows.dtype)
        room[: len(rows)] = rows
    out = ItemVectors(room[:n], cells or vectors.cells, vectors.exact)
    vars(out).update({name: had[name] for name in ("placed", "across") if name in had})
    return out


def told_vectors(vectors: ItemVectors, at: IntArray, told: FloatArray) -> ItemVectors:
    """Vectors (I, d) with those (n, d) of items at these positions, which had none."""
    if not len(at):
        return vectors
    cells = vectors.cells and vectors.cells.with_later(at, told)
    out = grown_vectors(vectors, len(vectors.rows), cells)
    out.rows[at] = told
    had = vars(vectors)
    if "placed" in had:
        vars(out)["placed"] = np.append(had["placed"], at)
    if "across" in had:
        vars(out)["across"] = _wider(had["across"], told.T)
    return out


def _wider(across: FloatArray, told: FloatArray) -> FloatArray:
    """Columns (d, P) with more behind them, for which there is room once and again."""
    d, n = across.shape
    end, room = n + told.shape[1], across.base
    if room is None or room.shape[0] != d or room.shape[1] < end:
        room = np.empty((d, end + ROOM), across.dtype)
        room[:, :n] = across
    room[:, n:end] = told
    found: FloatArray = room[:, :end]
    return found


def _positions(
    position: Mapping[str, int], n: int, new: Sequence[str]
) -> Mapping[str, int]:
    """The new ones in front of the many, which are copied once."""
    parts = position.maps if isinstance(position, ChainMap) else [{}, dict(position)]
    first = {**parts[0], **{item: n + k for k, item in enumerate(new)}}
    return ChainMap(first, parts[1])


def _ordered(catalogue: Catalogue, new: Sequence[str]) -> tuple[IntArray, IntArray]:
    """The rank of each id, with those of the new ones, and the positions by rank."""
    order, by_id = catalogue.order, catalogue.by_id
    names = catalogue.names
    for n in range(len(catalogue), len(catalogue) + len(new)):
        place = bisect_left(by_id, names[n], key=lambda at: names[at])
        order = order + (order >= place)
        order, by_id = np.append(order, place), np.insert(by_id, place, n)
    return order, by_id
