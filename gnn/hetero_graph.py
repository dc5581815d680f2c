"""A subgraph's relationships in both directions, as a heterogeneous GNN wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from basketweave.gnn.neighbours import Incoming
from basketweave.gnn.purchases import Log
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

WINDOWS = (7, 28, 91, 364)
"""Days over which an item's buyers are counted."""


@dataclass(frozen=True)
class HeteroGraph:
    """A subgraph as it stood at one time, as tensors.

    sizes        node type -> how many
    rows         node type -> (n,) embedding rows, 0 for a node without one
    incoming     relation -> its relationships by target; attributes are
                 log(1 + count) and the decayed weight of purchases
    attributes   CATEGORY, BRAND -> those of each item, ancestors included
    features     (I, len(WINDOWS)) log(1 + buyers) of the last 7, 28 … days
    """

    sizes: Mapping[str, int]
    rows: Mapping[str, Tensor]
    incoming: Mapping[Relation, Incoming]
    attributes: Mapping[str, Incoming]
    features: Tensor

    def to(self, device: torch.device) -> HeteroGraph:
        """The same graph on `device`."""
        return HeteroGraph(
            self.sizes,
            {label: rows.to(device) for label, rows in self.rows.items()},
            {relation: edges.to(device) for relation, edges in self.incoming.items()},
            {label: edges.to(device) for label, edges in self.attributes.items()},
            self.features.to(device),
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
    rows: Mapping[str, Tensor],
    log: Log,
    *,
    kind: str,
    half_life: float,
    until: int | None,
    history: int,
    buyers: int,
    item_edges: Sequence[str] = (),
) -> HeteroGraph:
    """Tensors of `subgraph` as it stood at `until`.

    A user keeps the `history` purchases of most weight, an item `buyers` of its own.
    """
    sizes = {label: subgraph.n(label) for label in NODE_TYPES}
    pairs = log.pairs(half_life, until)
    attr = np.stack([np.log1p(pairs.count), pairs.weight], axis=1)
    bought = {
        (USER, kind, ITEM): _strongest(pairs.item, pairs.weight, buyers),
        (ITEM, f"rev_{kind}", USER): _strongest(pairs.user, pairs.weight, history),
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
    return HeteroGraph(
        sizes, rows, incoming, _attributes(subgraph), _features(log, until)
    )


def _strongest(group: IntArray, weight: FloatArray, n: int) -> IntArray:
    """Positions of the `n` heaviest entries of each group; ties by position."""
    order = np.lexsort((-weight, group))
    grouped = group[order]
    rank = np.arange(len(order)) - np.searchsorted(grouped, grouped)
    return order[rank < n]


def _features(log: Log, until: int | None) -> Tensor:
    now = log.span[1] if until is None else until
    counts = []
    for days in WINDOWS:
        recent = log.pairs(1, now, now - days * 86_400)
        counts.append(np.bincount(recent.item, minlength=log.shape[1]))
    return torch.from_numpy(np.log1p(np.stack(counts, axis=1)).astype(np.float32))


def _attributes(subgraph: Subgraph) -> dict[str, Incoming]:
    """Brands and categories of each item; a category brings its ancestors."""
    n, n_items = subgraph.n(CATEGORY), subgraph.n(ITEM)
    up = _matrix(subgraph, (CATEGORY, SUBCATEGORY_OF, CATEGORY), (n, n))
    found = direct = _matrix(subgraph, (ITEM, IN_CATEGORY, CATEGORY), (n_items, n))
    while direct.nnz:
        direct = direct @ up
        before, found = found.nnz, ((found + direct) > 0).astype(np.float32)
        if found.nnz == before:  # a root, or a circle in the source
            break
    brands = _matrix(subgraph, (ITEM, MADE_BY, BRAND), (n_items, subgraph.n(BRAND)))
    out = {}
    for label, matrix in ((CATEGORY, found), (BRAND, brands)):
        items, owned = matrix.nonzero()
        none = np.zeros((len(items), 0), np.float32)
        out[label] = Incoming.of(
            owned.astype(np.int64), items.astype(np.int64), n_items, none
        )
    return out


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
