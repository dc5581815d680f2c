"""Vectors without training: of a history, of a new item, and of item norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import BRAND, CATEGORY, IN_CATEGORY, ITEM, MADE_BY
from basketweave.graph.subgraph import Edges, FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import unit


def vector_of_history(
    item_vectors: FloatArray,
    history: IntArray,
    weights: npt.NDArray[np.floating] | None = None,
) -> FloatArray:
    """A unit vector (d,) for a user whom no model has seen: that of their items.

    item_vectors (I, d)   unit vectors, as published
    history (H,)          positions of the items
    weights (H,)          what each counts, such as .5^(age / half-life)

    Raises `DataError` for a history that is empty or whose vectors cancel out.
    """
    rows = item_vectors[history]
    total = rows.sum(axis=0) if weights is None else weights @ rows
    vector = unit(total[None])[0]
    if not vector.any():
        raise DataError(
            "This history has no direction: it is empty or cancels out. "
            "Recommend by popularity instead."
        )
    return vector


def ball(users: FloatArray, items: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors whose cosine ranks items as the inner product does.

    users (U, d), items (I, d) -> (U, d + 1), (I, d + 1). With M the longest item:
    item' = [x, √(M² - |x|²)] / M and user' = [u, 0] / |u|, so that the cosine is
    u·x / (|u| M). Bachrach et al. (2014), "Speeding up the Xbox recommender system
    using a Euclidean transformation for inner-product spaces", theorem 1.
    """
    # In float64: for the longest items the root is a small difference.
    x = items.astype(np.float64)
    squared = (x * x).sum(axis=1)
    longest = max(float(squared.max(initial=0)), 1e-24)
    rest = np.sqrt(np.maximum(longest - squared, 0))
    lifted = np.c_[x, rest] / np.sqrt(longest)
    return unit(np.c_[users, np.zeros(len(users))]), lifted.astype(np.float32)


def with_items(
    subgraph: Subgraph,
    ids: Sequence[str],
    categories: Mapping[str, Sequence[str]] | None = None,
    brands: Mapping[str, str] | None = None,
) -> Subgraph:
    """The subgraph with new items at its end, which nobody has bought yet.

    categories, brands   by item id; names the subgraph does not have are ignored
    """
    first, new = subgraph.n(ITEM), pl.Series(ids, dtype=pl.String)
    pairs = {
        (ITEM, IN_CATEGORY, CATEGORY): [
            (item, c) for item in ids for c in (categories or {}).get(item, ())
        ],
        (ITEM, MADE_BY, BRAND): [(i, b) for i, b in (brands or {}).items() if i in ids],
    }
    place = {item: first + n for n, item in enumerate(ids)}
    edges = dict(subgraph.edges)
    for relation, named in pairs.items():
        if relation in edges:
            known = {name: n for n, name in enumerate(subgraph.ids[relation[2]])}
            rows = [(place[i], known[name]) for i, name in named if name in known]
            more = np.array(rows, np.int64).reshape(-1, 2).T
            edges[relation] = Edges(np.c_[edges[relation].index, more])
    both = pl.concat([subgraph.ids[ITEM].cast(pl.String), new])
    return replace(subgraph, ids={**subgraph.ids, ITEM: both}, edges=edges)
