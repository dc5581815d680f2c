"""Heterogeneous GCN and GAT over users, items, categories and brands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import GATConv, GraphConv, HeteroConv

from basketweave.gnn.encoder import Vocabulary
from basketweave.gnn.hetero_graph import WINDOWS, HeteroGraph, hetero_graph, relations
from basketweave.gnn.learned import LearnedConfig, LearnedEncoder, rows_of
from basketweave.gnn.neighbours import Block, neighbourhood
from basketweave.gnn.purchases import Log
from basketweave.graph.schema import BRAND, CATEGORY, ITEM, NODE_TYPES, USER, Relation
from basketweave.graph.subgraph import Subgraph

States = Mapping[str, Tensor]
"""Node type -> (n, hidden)."""


class HeteroConfig(LearnedConfig):
    """What the GCN and the GAT share.

    layers       how many steps a message travels
    hidden       width of the states between the layers
    history      a user's purchases of most weight that are looked at
    buyers       an item's buyers of most weight that are looked at
    fan_out      relationships of one type that a node samples in training
    id_dropout   how often an item must do without its own embedding, so that its
                 attributes learn to stand for it
    item_edges   item-item relationships to use, such as CO_PURCHASED, where the
                 subgraph has them
    """

    layers: int = Field(2, ge=1)
    hidden: int = Field(64, ge=1)
    history: int = Field(100, ge=1)
    buyers: int = Field(32, ge=1)
    fan_out: int = Field(16, ge=1)
    id_dropout: float = Field(0.3, ge=0, le=1)
    dropout: float = Field(0.1, ge=0, lt=1)
    item_edges: tuple[str, ...] = ()

    def restore(self, known: Vocabulary) -> HeteroGNN:
        return HeteroGNN(self, known)

    def convolution(self, weighted: bool) -> Any:
        """The PyG layer that carries messages along one relation."""
        raise NotImplementedError


class HeteroGCNConfig(HeteroConfig):
    """Messages are averaged, those of purchases by their decayed weight.

    Morris et al. (2019), "Weisfeiler and Leman go neural" (PyG's GraphConv).
    """

    model: ClassVar[str] = "HeteroGCN"
    name: str = "gcn"

    def convolution(self, weighted: bool) -> Any:
        return GraphConv((self.hidden, self.hidden), self.hidden, aggr="add")


class HeteroGATConfig(HeteroConfig):
    """Messages are weighed by attention, which sees a purchase's count and age.

    Veličković et al. (2018), "Graph attention networks" (PyG's GATConv).
    """

    model: ClassVar[str] = "HeteroGAT"
    name: str = "gat"
    heads: int = Field(4, ge=1)

    def convolution(self, weighted: bool) -> Any:
        return GATConv(
            (self.hidden, self.hidden),
            self.hidden // self.heads,
            heads=self.heads,
            edge_dim=2 if weighted else None,
            add_self_loops=False,
        )


class Layer(nn.Module):
    """x' = norm(x + dropout(gelu(Σ over relations of messages + W x)))."""

    def __init__(self, config: HeteroConfig) -> None:
        super().__init__()
        self.attention = isinstance(config, HeteroGATConfig)
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
        carried = self.convolve(states, block.edges, **self._carried(block))
        out = {}
        for label, x in states.items():
            message = self.own[label](x) + carried.get(label, 0)
            out[label] = self.norm[label](x + self.dropout(F.gelu(message)))
        return out

    def _carried(self, block: Block) -> dict[str, dict[Relation, Tensor]]:
        if self.attention:
            attrs = {r: a for r, a in block.attrs.items() if a.shape[1]}
            return {"edge_attr_dict": attrs}
        weights = {}
        for relation, index in block.edges.items():
            attr = block.attrs[relation]
            weight = attr[:, 1] if attr.shape[1] else attr.new_ones(len(attr))
            n = len(block.nodes[relation[2]])
            total = weight.new_zeros(n).index_add(0, index[1], weight)
            weights[relation] = weight / total.clamp(min=1e-9)[index[1]]
        return {"edge_weight_dict": weights}


class HeteroGNN(LearnedEncoder[HeteroGraph]):
    """Attributes and popularity in, relation-wise messages, two vectors out.

    An item starts as the mean of its category and brand embeddings, plus its own
    (dropped at random in training) and how many bought it lately; a user starts as
    what all users share. So new items and users get vectors from their attributes
    and from their purchases.
    """

    def __init__(self, config: HeteroConfig, known: Vocabulary) -> None:
        super().__init__(config, known)
        self.given, width = config, config.hidden
        self.embed = nn.ModuleDict(
            {
                label: nn.Embedding(len(known.get(label, ())) + 1, width, padding_idx=0)
                for label in (ITEM, CATEGORY, BRAND)
            }
        )
        for table in self.embed.values():
            assert isinstance(table, nn.Embedding)
            nn.init.normal_(table.weight, std=0.1)
            table.weight.data[0] = 0
        self.everyone = nn.Parameter(torch.randn(width) * 0.1)
        self.popularity = nn.Linear(len(WINDOWS), width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.to_user = nn.Linear(width, config.width)
        self.to_item = nn.Linear(width, config.width)

    def graph(self, subgraph: Subgraph, until: int | None = None) -> HeteroGraph:
        rows = {
            label: rows_of(self.known.get(label, ()), subgraph.ids.get(label, ()))
            for label in NODE_TYPES
        }
        return hetero_graph(
            subgraph,
            rows,
            Log.of(subgraph, self.given.kind),
            kind=self.given.kind,
            half_life=self.given.half_life,
            until=subgraph.as_of if until is None else until,
            history=self.given.history,
            buyers=self.given.buyers,
            item_edges=self.given.item_edges,
        ).to(self.device)

    def forward(
        self,
        graph: HeteroGraph,
        users: Tensor,
        items: Tensor,
        hide: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        fan_out = self.given.fan_out if self.training else None
        block = neighbourhood(
            graph.incoming,
            graph.sizes,
            {USER: users, ITEM: items},
            [fan_out] * self.given.layers,
        )
        if hide is not None:
            block = block.without(USER, ITEM, hide)
        states = self.start(graph, block)
        for layer in self.layers:
            states = layer(states, block)
        u = self.to_user(states[USER][: len(users)])
        i = self.to_item(states[ITEM][: len(items)])
        return F.normalize(u), i if self.given.norms else F.normalize(i)

    def start(self, graph: HeteroGraph, block: Block) -> States:
        """The states before the first layer."""
        states = {
            label: self.embed[label](graph.rows[label][block.nodes[label]])
            for label in (CATEGORY, BRAND)
        }
        items = block.nodes[ITEM]
        own = self.embed[ITEM](graph.rows[ITEM][items])
        if self.training:
            kept = torch.rand(len(own), 1, device=own.device) >= self.given.id_dropout
            own = own * kept
        states[ITEM] = own + self.popularity(graph.features[items])
        for label, edges in graph.attributes.items():
            row, edge = edges.sample(items, None)
            x = self.embed[label](graph.rows[label][edges.source[edge]])
            n = torch.bincount(row, minlength=len(items)).clamp(min=1)[:, None]
            states[ITEM] = states[ITEM].index_add(0, row, x / n[row])
        n_users = len(block.nodes[USER])
        return {**states, USER: self.everyone.expand(n_users, -1)}
