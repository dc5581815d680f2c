"""A purchase graph as the heterogeneous encoders see it: tensors by node type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from basketweave.gnn.neighbours import Incoming
from basketweave.gnn.taste_features import TasteFeatures
from basketweave.graph.interactions import Interactions
from basketweave.graph.schema import (
    BRAND,
    CATALOGUE,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    NODE_TYPES,
    SUBCATEGORY_OF,
    USER,
    Relation,
)
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


@dataclass(frozen=True)
class HeteroGraph:
    """The graph as it stands at one time, as tensors.

    sizes        node type -> how many
    rows         node type -> (n,) embedding rows, 0 for a node without one
    incoming     relation -> its relationships by target; attributes are
                 log(1 + count) and the decayed weight of purchases
    tastes       node type -> (n, r), items (I, K, r): see `TasteFeatures`
    popularity   (I, W)
    fold         (I, r): see `TasteFeatures`
    """

    sizes: Mapping[str, int]
    rows: Mapping[str, Tensor]
    incoming: Mapping[Relation, Incoming]
    tastes: Mapping[str, Tensor]
    popularity: Tensor
    fold: Tensor

    def to(self, device: torch.device) -> HeteroGraph:
        """The same graph on `device`."""
        return HeteroGraph(
            self.sizes,
            {label: rows.to(device) for label, rows in self.rows.items()},
            {relation: edges.to(device) for relation, edges in self.incoming.items()},
            {label: rows.to(device) for label, rows in self.tastes.items()},
            self.popularity.to(device),
            self.fold.to(device),
        )


def relations(kind: str, item_edges: Sequence[str] = ()) -> list[Relation]:
    """Purchases, the catalogue and the named item-item kinds, in both directions."""
    catalogue = [(source, name, target) for name, (source, target) in CATALOGUE.items()]
    between = [(ITEM, name, ITEM) for name in item_edges]
    forward = [(USER, kind, ITEM), *catalogue, *between]
    return [r for one in forward for r in (one, reverse(one))]


def reverse(relation: Relation) -> Relation:
    """The relation read backwards, named as PyG names it."""
    return relation[2], f"rev_{relation[1]}", relation[0]


def hetero_graph(
    subgraph: Subgraph,
    pairs: Interactions,
    rows: Mapping[str, Tensor],
    features: TasteFeatures,
    *,
    kind: str,
    half_life: float,
    history: int,
    buyers: int,
    item_edges: Sequence[str] = (),
) -> HeteroGraph:
    """Tensors of the catalogue of `subgraph` and of these purchases.

    A user keeps the `history` purchases of most weight, an item `buyers` of its own.
    """
    sizes = {label: subgraph.n(label) for label in NODE_TYPES}
    fresh = pairs.fresh(half_life)
    attr = np.stack([np.log1p(pairs.count), fresh], axis=1)
    bought = {
        (USER, kind, ITEM): strongest(pairs.item, fresh, buyers),
        (ITEM, f"rev_{kind}", USER): strongest(pairs.user, fresh, history),
    }
    ends = {USER: pairs.user, ITEM: pairs.item}
    incoming = {
        r: Incoming.of(ends[r[0]][keep], ends[r[2]][keep], sizes[r[2]], attr[keep])
        for r, keep in bought.items()
    }
    for relation in relations(kind, item_edges)[2::2]:
        source, target = _index(subgraph, relation)
        none = np.zeros((len(source), 0), np.float32)
        incoming[relation] = Incoming.of(source, target, sizes[relation[2]], none)
        back = reverse(relation)
        incoming[back] = Incoming.of(target, source, sizes[back[2]], none)
    tastes = {
        USER: features.users,
        ITEM: features.items,
        CATEGORY: features.groups[ANCESTORS],
        BRAND: features.groups[BRAND],
    }
    return HeteroGraph(
        sizes,
        rows,
        incoming,
        {label: torch.from_numpy(rows) for label, rows in tastes.items()},
        torch.from_numpy(features.popularity),
        torch.from_numpy(features.fold),
    )


def strongest(group: IntArray, weight: FloatArray, n: int) -> IntArray:
    """Positions of the `n` heaviest entries of each group; ties by position."""
    order = np.lexsort((-weight, group))
    grouped = group[order]
    rank = np.arange(len(order)) - np.searchsorted(grouped, grouped)
    return order[rank < n]


ANCESTORS = "Ancestors"


def members(subgraph: Subgraph) -> dict[str, sp.csr_array]:
    """Node type -> (I, n): the categories and the brand of each item.

    ANCESTORS are the categories with all that are above them.
    """
    n, n_items = subgraph.n(CATEGORY), subgraph.n(ITEM)
    up = _matrix(subgraph, (CATEGORY, SUBCATEGORY_OF, CATEGORY), (n, n))
    own = _matrix(subgraph, (ITEM, IN_CATEGORY, CATEGORY), (n_items, n))
    found = direct = own
    while direct.nnz:
        direct = direct @ up
        before, found = found.nnz, ((found + direct) > 0).astype(np.float32)
        if found.nnz == before:  # a root, or a circle in the source
            break
    brands = _matrix(subgraph, (ITEM, MADE_BY, BRAND), (n_items, subgraph.n(BRAND)))
    return {CATEGORY: own, ANCESTORS: found, BRAND: brands}


def _matrix(
    subgraph: Subgraph, relation: Relation, shape: tuple[int, int]
) -> sp.csr_array:
    index = _index(subgraph, relation)
    ones = np.ones(index.shape[1], np.float32)
    return sp.coo_array((ones, (index[0], index[1])), shape=shape).tocsr()


def _index(subgraph: Subgraph, relation: Relation) -> IntArray:
    if relation not in subgraph.edges:
        return np.zeros((2, 0), np.int64)
    return subgraph.edges[relation].index
