"""`ItemVectors`: an item's vector from its id, its attributes and its neighbours."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.utils.extmath import randomized_svd
from torch import Tensor, nn

from basketweave.gnn.encoder import Vocabulary
from basketweave.graph.schema import BRAND, CATEGORY, FOLLOWED_BY, ITEM
from basketweave.graph.subgraph import Subgraph
from basketweave.sequence.catalogue import Catalogue, between_items
from basketweave.sequence.config import SequenceConfig

STD = 0.02
"""Of fresh embeddings, as in Kang & McAuley's code and in BERT."""


class ItemVectors(nn.Module):
    """e = id + mean of attributes, and e + Σ over hops of γ (A e) where asked for.

    In training an id is left out for a whole step with `id_dropout`, and each
    relationship with `edge_dropout`.
    """

    def __init__(self, config: SequenceConfig, known: Vocabulary) -> None:
        super().__init__()
        self.config = config
        n_attributes = len(known.get(CATEGORY, ())) + len(known.get(BRAND, ()))
        self.id = _table(len(known.get(ITEM, ())), config.width)
        self.attribute = _table(n_attributes * config.attributes, config.width)
        self.gate = nn.Parameter(torch.full((config.hops,), 0.5))

    def forward(self, items: Catalogue) -> Tensor:
        """Vectors (I, d), of any length."""
        own = self.id(items.ids)
        if self.training and items.attributes is not None:
            kept = torch.rand(len(own), 1, device=own.device) >= self.config.id_dropout
            own = own * kept
        if items.attributes is not None:
            own = own + items.attributes.sums(self.attribute.weight)
        if items.neighbours is None:
            return own
        dropout = self.config.edge_dropout if self.training else 0.0
        carried = own
        for gate in self.gate:
            carried = items.neighbours.sums(carried, dropout)
            own = own + gate * carried
        return own

    @torch.no_grad()
    def start_from(self, subgraph: Subgraph) -> None:
        """Let the items of `subgraph`, in its order, start as singular vectors.

        Those of the symmetric FOLLOWED_BY weights S = D^-½ (W + Wᵀ) D^-½, each times
        the root of its eigenvalue: inner products are those of S as well as its
        positive part can tell. S + I, whose eigenvalues none is negative, has the
        same ones in their order.
        """
        weight = between_items(subgraph, FOLLOWED_BY)
        both = weight + weight.T
        root = np.sqrt(np.maximum(np.asarray(both.sum(axis=1)).ravel(), 1e-9))
        both = both.multiply(1 / root[:, None]).multiply(1 / root[None]).tocsr()
        shifted = both + sp.eye_array(both.shape[0], dtype=np.float32, format="csr")
        rank = min(self.config.width, both.shape[0])
        left, s, _ = randomized_svd(shifted, rank, n_iter=7, random_state=0)
        value = np.sqrt(np.maximum(s - 1, 0))
        start = torch.from_numpy((left * value).astype(np.float32))
        start *= STD / start.std().clamp(min=1e-9)
        self.id.weight[1:, :rank] += start


def _table(n: int, width: int) -> nn.Embedding:
    """Rows 1 … n, and row 0 of zeros for what is unknown."""
    table = nn.Embedding(n + 1, width, padding_idx=0)
    nn.init.normal_(table.weight, std=STD)
    table.weight.data[0] = 0
    return table
