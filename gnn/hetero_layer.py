"""One round of messages along every relation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import HeteroConv

from basketweave.gnn import dgl_messages
from basketweave.gnn.hetero_graph import relations
from basketweave.gnn.neighbours import Block
from basketweave.graph.schema import NODE_TYPES, Relation

if TYPE_CHECKING:
    from basketweave.gnn.hetero import HeteroConfig

States = Mapping[str, Tensor]
"""Node type -> (n, hidden)."""


class Layer(nn.Module):
    """x' = norm(x + dropout(gelu(Σ over relations of messages + W x)))."""

    def __init__(self, config: HeteroConfig) -> None:
        super().__init__()
        self.attention, self.backend = config.attention, config.backend
        self.convolve = HeteroConv(
            {
                r: config.convolution(weighted=r[1].endswith(config.kind))
                for r in relations(config.kind, config.item_edges)
            },
            aggr="sum",
        )
        width = config.hidden
        self.own = nn.ModuleDict({t: nn.Linear(width, width) for t in NODE_TYPES})
        self.norm = nn.ModuleDict({t: nn.LayerNorm(width) for t in NODE_TYPES})
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: States, block: Block) -> States:
        carried = self._messages(states, block)
        out = {}
        for label, x in states.items():
            message = self.own[label](x) + carried.get(label, 0)
            out[label] = self.norm[label](x + self.dropout(F.gelu(message)))
        return out

    def _messages(self, states: States, block: Block) -> States:
        """What arrives at each node type that a relation ends in."""
        along = _attributes(block) if self.attention else _weights(block)
        if self.backend == "dgl":
            return dgl_messages.carried(self.convolve, states, block, along)
        name = "edge_attr_dict" if self.attention else "edge_weight_dict"
        carried: States = self.convolve(states, block.edges, **{name: along})
        return carried


def _attributes(block: Block) -> dict[Relation, Tensor]:
    """Relation -> (E, k), of those that carry any."""
    return {r: attr for r, attr in block.attrs.items() if attr.shape[1]}


def _weights(block: Block) -> dict[Relation, Tensor]:
    """Relation -> (E,): shares of what a node receives by it, 1 in all."""
    weights = {}
    for relation, index in block.edges.items():
        attr = block.attrs[relation]
        weight = attr[:, 1] if attr.shape[1] else attr.new_ones(len(attr))
        n = len(block.nodes[relation[2]])
        total = weight.new_zeros(n).index_add(0, index[1], weight)
        weights[relation] = weight / total.clamp(min=1e-9)[index[1]]
    return weights
