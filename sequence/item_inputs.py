"""A subgraph's items as a sequence encoder sees them: ids, attributes and edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from basketweave.content.attributes import attribute_matrix
from basketweave.graph.derive import derived
from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    DERIVED,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
)
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.sequence.config import SequenceConfig
from basketweave.training.bags import Bags
from basketweave.training.encoder import Vocabulary
from basketweave.training.learner import rows_of

LEVELS = 8
"""Categories this far above an item's own still count."""


@dataclass(frozen=True)
class ItemInputs:
    """What the items' vectors are made of.

    ids (I,)     embedding rows, 0 for an item that the encoder does not know
    attributes   the means over each item's categories and brands; None: not used
    neighbours   the relationships between items; None: not used
    """

    ids: Tensor
    attributes: Bags | None
    neighbours: Bags | None

    def to(self, device: torch.device) -> ItemInputs:
        """The same items on `device`."""
        bags = (self.attributes, self.neighbours)
        return ItemInputs(self.ids.to(device), *(b and b.to(device) for b in bags))


def item_inputs(
    subgraph: Subgraph, config: SequenceConfig, ids: Vocabulary
) -> ItemInputs:
    """The items of `subgraph`, whose embeddings are those of `ids`."""
    return ItemInputs(
        rows_of(ids.get(ITEM, ()), subgraph.ids[ITEM]),
        _attributes(subgraph, ids) if config.attributes else None,
        _neighbours(subgraph, config.item_edges) if config.item_edges else None,
    )


def between_items(subgraph: Subgraph, kind: str) -> sp.csr_array:
    """The weights (I, I) of one item-item relationship, read from source to target.

    Derived from the events where the subgraph does not hold it, as in the training
    part of a split.
    """
    edges = subgraph.edges.get((ITEM, kind, ITEM))
    if edges is None and kind in DERIVED:
        edges = derived(subgraph).edges[kind]
    edges = edges or Edges(np.zeros((2, 0), np.int64))
    weight = edges.columns.get("weight", np.ones(len(edges)))
    shape = (subgraph.n(ITEM), subgraph.n(ITEM))
    return sp.coo_array(
        (np.asarray(weight, np.float32), tuple(edges.index)), shape
    ).tocsr()


def _attributes(subgraph: Subgraph, ids: Vocabulary) -> Bags | None:
    """Means over the attributes that `ids` holds; category rows stand before brands."""
    rows, before = [], 0
    for kind, label in ((IN_CATEGORY, CATEGORY), (MADE_BY, BRAND)):
        edges = subgraph.edges.get((ITEM, kind, label))
        if edges is not None and len(edges):
            row = rows_of(ids.get(label, ()), subgraph.ids[label]).numpy()
            rows.append(np.where(row > 0, row + before, 0))
        before += len(ids.get(label, ()))
    if not rows:
        return None
    column = np.concatenate(rows)
    found = attribute_matrix(subgraph, LEVELS).tocoo()
    item, row = found.coords[0], column[found.coords[1]]
    item, row = item[row > 0], row[row > 0]
    share = 1 / np.maximum(np.bincount(item, minlength=found.shape[0]), 1)
    shape = (found.shape[0], before + 1)
    return Bags.of(sp.coo_array((share[item], (item, row)), shape).tocsr())


def _neighbours(subgraph: Subgraph, kinds: tuple[str, ...]) -> Bags:
    """Both directions of all kinds, each item's weights summing to 1."""
    total = sum(
        (matrix + matrix.T for matrix in (between_items(subgraph, k) for k in kinds)),
        start=sp.csr_array((subgraph.n(ITEM), subgraph.n(ITEM)), dtype=np.float32),
    )
    matrix = sp.csr_array(total)
    out = np.asarray(matrix.sum(axis=1)).ravel()
    matrix.data /= np.repeat(np.maximum(out, 1e-9), np.diff(matrix.indptr))
    return Bags.of(matrix)
