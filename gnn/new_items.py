"""New items in a subgraph, so that an encoder gives them vectors too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.graph.schema import BRAND, CATEGORY, IN_CATEGORY, ITEM, MADE_BY
from basketweave.graph.subgraph import Edges, Subgraph


def with_items(
    subgraph: Subgraph,
    ids: Sequence[str],
    categories: Mapping[str, Sequence[str]] | None = None,
    brands: Mapping[str, str] | None = None,
) -> Subgraph:
    """The subgraph with new items behind its own, which nobody has bought yet.

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
            place_of = {name: n for n, name in enumerate(subgraph.ids[relation[2]])}
            rows = [(place[i], place_of[name]) for i, name in named if name in place_of]
            more = np.array(rows, np.int64).reshape(-1, 2).T
            edges[relation] = Edges(np.c_[edges[relation].index, more])
    both = pl.concat([subgraph.ids[ITEM].cast(pl.String), new])
    return replace(subgraph, ids={**subgraph.ids, ITEM: both}, edges=edges)
