"""Items that came into being after the arrays were read: a bare row more in each.

Of such an item nothing is known but its id. What is kept of the others is kept: reading
92,000 items anew takes .1 s, and a row more some milliseconds.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl
import scipy.sparse as sp

from basketweave.blend.catalogue import Catalogue
from basketweave.blend.space import ItemVectors
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import IntArray

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

UNCHANGED = ("knows_stock", "nameable")

FEW = 20
"""For more new items than these the order of ids is sorted anew."""

ROOM = 1_000
"""Rows set aside for the next items, so that vectors are copied once for so many."""


def grown_catalogue(catalogue: C, new: Sequence[str]) -> C:
    """The catalogue with these items behind the others; each array that it has stays."""
    graph, ids = catalogue.graph, pl.Series("id", new, dtype=pl.String)
    every = pl.concat([graph.ids[ITEM], ids.rename(graph.ids[ITEM].name)])
    items = graph.items
    if items is not None:
        items = pl.concat([items, ids.to_frame()], how="diagonal")
    out = type(catalogue)(replace(graph, ids={**graph.ids, ITEM: every}, items=items))
    had, n = vars(catalogue), len(catalogue)
    found: dict[str, object] = {
        name: np.append(had[name], np.full(len(new), bare, had[name].dtype))
        for name, bare in BARE.items()
        if name in had
    }
    found |= {name: had[name] for name in UNCHANGED if name in had}
    if "names" in had:
        found["names"] = [*had["names"], *new]
    if "title" in had:
        found["title"] = [*had["title"], *[None] * len(new)]
    if "position" in had:
        found["position"] = _positions(had["position"], n, new)
    if "order" in had and len(new) <= FEW:
        found["order"] = _ordered(had["order"], every, len(new))
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
    ends = np.full(n - matrix.shape[0], matrix.indptr[-1], matrix.indptr.dtype)
    parts = (matrix.data, matrix.indices, np.append(matrix.indptr, ends))
    return sp.csr_array(parts, shape=(n, n))


def grown_vectors(vectors: ItemVectors, n: int) -> ItemVectors:
    """Vectors (I, d) with rows for `n` items, the new ones zeros."""
    rows, had = vectors.rows, vars(vectors)
    room = rows.base
    if room is None or room.shape[1:] != rows.shape[1:] or len(room) < n:
        room = np.zeros((n + ROOM, rows.shape[1]), rows.dtype)
        room[: len(rows)] = rows
    out = ItemVectors(room[:n])
    vars(out).update({name: had[name] for name in ("placed", "across") if name in had})
    return out


def _positions(
    position: Mapping[str, int], n: int, new: Sequence[str]
) -> Mapping[str, int]:
    """The new ones in front of the many, which are copied once."""
    parts = position.maps if isinstance(position, ChainMap) else [{}, dict(position)]
    first = {**parts[0], **{item: n + k for k, item in enumerate(new)}}
    return ChainMap(first, parts[1])


def _ordered(order: IntArray, ids: pl.Series, new: int) -> IntArray:
    """The place of each id, of which the last `new` have none yet."""
    order = order.copy()
    for n in range(len(ids) - new, len(ids)):
        place = int((ids[:n] < ids[n]).sum())
        order[order >= place] += 1
        order = np.append(order, place)
    return order
