"""`ItemEmbeddings`: an item's vector from its id, its attributes and its neighbours."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from basketweave.graph.schema import BRAND, CATEGORY, ITEM
from basketweave.graph.subgraph import FloatArray
from basketweave.sequence.config import SequenceConfig
from basketweave.sequence.item_inputs import ItemInputs
from basketweave.training.encoder import Vocabulary

STD = 0.02
"""Of fresh embeddings, as in Kang & McAuley's code and in BERT."""


class ItemEmbeddings(nn.Module):
    """e = id + mean of attributes, and e + Σ over hops of γ (A e) where asked for.

    In training an id is left out for a whole step with `id_dropout`, and each
    relationship with `edge_dropout`.
    """

    def __init__(self, config: SequenceConfig, ids: Vocabulary) -> None:
        super().__init__()
        self.config = config
        n_attributes = len(ids.get(CATEGORY, ())) + len(ids.get(BRAND, ()))
        self.id = _table(len(ids.get(ITEM, ())), config.width)
        self.attribute = _table(n_attributes * config.attributes, config.width)
        self.gate = nn.Parameter(torch.full((config.hops,), 0.5))

    def forward(self, items: ItemInputs) -> Tensor:
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
    def start_as(self, start: FloatArray) -> None:
        """Let the embeddings of the known items, in their order, start as `start` (I, r)."""
        rows = torch.from_numpy(start)
        rows = rows * (STD / rows.std().clamp(min=1e-9))
        self.id.weight[1:, : rows.shape[1]] += rows


def _table(n: int, width: int) -> nn.Embedding:
    """Rows 1 … n, and row 0 of zeros for what is unknown."""
    table = nn.Embedding(n + 1, width, padding_idx=0)
    nn.init.normal_(table.weight, std=STD)
    table.weight.data[0] = 0
    return table
