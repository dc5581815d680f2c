"""Heterogeneous GCN and GAT over users, items, categories and brands."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import GATConv, GraphConv

from basketweave.gnn.hetero_graph import HeteroGraph, hetero_graph, members
from basketweave.gnn.hetero_layer import Layer, States
from basketweave.gnn.learned import LearnedConfig, LearnedEncoder
from basketweave.gnn.more_people import with_people
from basketweave.gnn.neighbours import Block, neighbourhood
from basketweave.gnn.tasks import Task
from basketweave.gnn.taste_features import WINDOWS, directions, taste_features
from basketweave.graph.interactions import Interactions, interactions
from basketweave.graph.schema import BRAND, CATEGORY, ITEM, NODE_TYPES, USER
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.training.encoder import People, Vocabulary
from basketweave.training.learner import rows_of

MIX = (1.0, 0.03, 0.03, 0.03)
"""What an item's own tastes count before training: see `TasteFeatures.items`."""
POPULAR = (0.085, 0.06, 0.06, 0.06, 0.06)
"""What log(1 + buyers) counts before training, a number for each of WINDOWS.

Proportions fitted on the three windows before the Complete Journey's validation
window, their scale chosen on it: NDCG@10 for new items there, among the candidates of
1,000 households, is .057 with all, .055 with the last 56 days alone, .020 without any.
"""


class HeteroConfig(LearnedConfig):
    """The settings that the GCN and the GAT share."""

    encodes_others = True
    attention: ClassVar[bool] = False
    target: Literal["any", "new"] = "new"
    shrink: float = Field(3, ge=0)
    """Shrinkage of the filter whose tastes users start from: see `GraphFilterConfig`."""
    half_life: float = Field(60, gt=0)
    """Days after which a purchase counts half, as a message."""
    # What a softmax over the tastes was fitted to; at .07 popularity is unlearnt.
    temperature: float = Field(0.2, gt=0)
    learning_rate: float = Field(0.001, gt=0)
    network_rate: float = Field(0.002, gt=0)
    """The learning rate of all but the weights of the tastes."""
    layers: int = Field(1, ge=1)
    """How many steps a message travels."""
    hidden: int = Field(64, ge=1)
    """Width of the states between the layers."""
    history: int = Field(100, ge=1)
    """A user's purchases of most weight that are looked at."""
    buyers: int = Field(32, ge=1)
    """An item's buyers of most weight that are looked at."""
    fan_out: int = Field(16, ge=1)
    """Relationships of one type that a node samples in training."""
    id_dropout: float = Field(0.3, ge=0, le=1)
    """How often an item must do without its own embedding, so that its attributes learn
    to stand for it."""
    dropout: float = Field(0.1, ge=0, lt=1)
    """Share of a layer's states that are left out in training."""
    item_edges: tuple[str, ...] = ()
    """Item-item relationships to use, such as CO_PURCHASED, where the subgraph has
    them."""
    backend: Literal["pyg", "dgl"] = "pyg"
    """The library that carries the messages, PyG or DGL: the parameters and, up to
    rounding, the vectors are the same."""

    def restore(self, ids: Vocabulary) -> HeteroGNN:
        return HeteroGNN(self, ids)

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
    attention: ClassVar[bool] = True
    name: str = "gat"
    heads: int = Field(4, ge=1)
    """Attentions side by side."""

    def convolution(self, weighted: bool) -> Any:
        return GATConv(
            (self.hidden, self.hidden),
            self.hidden // self.heads,
            heads=self.heads,
            edge_dim=2 if weighted else None,
            add_self_loops=False,
        )


class HeteroGNN(LearnedEncoder[HeteroGraph]):
    """A graph filter, and what relation-wise messages add to it.

    A node starts from its place among the tastes of users (see `TasteFeatures`), an item
    also from how many bought it lately, and items, categories and brands from their
    own embeddings (an item's is dropped at random in training). The vectors are

        user = [t_u + g_u W_u h_u, c]       item = [Σ_k m_k t_ik + g_i W_i h_i, p_i]

    with t the tastes, h the states after the messages, p a linear function of
    popularity; without `norms` they end before the comma. The gates g start at 0
    (Bachlechner et al. 2020, "ReZero"), so that training starts from the filter's
    quality. A new item has the tastes and messages of its categories and its brand, a
    new user those of what they bought.
    """

    def __init__(self, config: HeteroConfig, ids: Vocabulary) -> None:
        super().__init__(config, ids)
        self.given, width, rank = config, config.hidden, config.width - config.norms
        self.embed = nn.ModuleDict(
            {
                label: nn.Embedding(len(ids.get(label, ())) + 1, width, padding_idx=0)
                for label in (ITEM, CATEGORY, BRAND)
            }
        )
        for table in self.embed.values():
            assert isinstance(table, nn.Embedding)
            nn.init.normal_(table.weight, std=0.1)
            table.weight.data[0] = 0
        self.into = nn.ModuleDict(
            {
                t: nn.Linear(rank * (len(MIX) if t == ITEM else 1), width)
                for t in NODE_TYPES
            }
        )
        self.popularity = nn.Linear(len(WINDOWS), width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.out = nn.ModuleDict({t: nn.Linear(width, rank) for t in (USER, ITEM)})
        self.gate = nn.ParameterDict({t: torch.zeros(()) for t in (USER, ITEM)})
        self.mix = nn.Parameter(torch.tensor(MIX))
        self.level = nn.Parameter(torch.tensor(0.5))
        self.popular = nn.Parameter(torch.tensor(POPULAR))
        self.basis: Tensor
        self.register_buffer("basis", torch.zeros(len(ids[ITEM]) + 1, rank))

    def groups(self) -> list[dict[str, Any]]:
        """Two parameter groups: the few numbers that weigh the tastes, and the network,
        which learns more slowly."""
        few = [self.mix, self.level, self.popular, self.temperature.log]
        of_filter = {id(p) for p in few}
        many = [p for p in self.parameters() if id(p) not in of_filter]
        return [
            {"params": few, "weight_decay": 0.0},
            {"params": many, "lr": self.given.network_rate},
        ]

    def prepare(self, subgraph: Subgraph) -> list[Task]:
        pairs = interactions(subgraph, self.given.kind)
        rows = rows_of(self.ids[ITEM], subgraph.ids[ITEM]).to(self.device)
        if len(pairs):
            found = directions(pairs, self.basis.shape[1]).items
            self.basis[rows] = torch.from_numpy(found).to(self.device)
        return super().prepare(subgraph)

    def graph(self, subgraph: Subgraph, pairs: Interactions) -> HeteroGraph:
        given = self.given
        rows = {
            label: rows_of(self.ids.get(label, ()), subgraph.ids.get(label, ()))
            for label in NODE_TYPES
        }
        reference = self.basis.cpu()[rows[ITEM]].numpy()
        spectral = taste_features(
            pairs,
            members(subgraph),
            reference.shape[1],
            given.shrink,
            reference if reference.any() else None,
        )
        return hetero_graph(
            subgraph,
            pairs,
            rows,
            spectral,
            kind=given.kind,
            half_life=given.half_life,
            history=given.history,
            buyers=given.buyers,
            item_edges=given.item_edges,
        ).to(self.device)

    def people(self, learnt: Subgraph) -> People:
        given, before, whole = self.given, learnt.n(USER), self._whole(learnt)

        @torch.no_grad()
        def found(some: Subgraph) -> FloatArray:
            pairs = interactions(some, given.kind)
            graph = with_people(
                whole, pairs, given.kind, given.half_life, given.history
            )
            users = torch.arange(before, before + some.n(USER), device=self.device)
            return self.beside_items(self._vectors(graph, users, users[:0])[0])

        return found

    def forward(
        self, graph: HeteroGraph, users: Tensor, items: Tensor
    ) -> tuple[Tensor, Tensor]:
        fan_out = self.given.fan_out if self.training else None
        block = neighbourhood(
            graph.incoming,
            graph.sizes,
            {USER: users, ITEM: items},
            [fan_out] * self.given.layers,
        )
        states = self.start(graph, block)
        for layer in self.layers:
            states = layer(states, block)
        u = graph.tastes[USER][users]
        u = u + self.gate[USER] * self.out[USER](states[USER][: len(users)])
        i = torch.einsum("ikr,k->ir", graph.tastes[ITEM][items], self.mix)
        i = i + self.gate[ITEM] * self.out[ITEM](states[ITEM][: len(items)])
        if not self.given.norms:
            return F.normalize(u), F.normalize(i)
        popular = graph.popularity[items] @ self.popular[:, None]
        u = torch.cat([u, self.level.expand(len(u), 1)], dim=1)
        return F.normalize(u), torch.cat([i, popular], dim=1)

    def start(self, graph: HeteroGraph, block: Block) -> States:
        """The states of the block's nodes before the first layer, by node type."""
        states = {}
        for label, nodes in block.nodes.items():
            # Unit rows have entries of about r^-½: back to those of a standard normal.
            tastes = graph.tastes[label][nodes] * self.basis.shape[1] ** 0.5
            states[label] = self.into[label](tastes.flatten(1))
        for label, table in self.embed.items():
            own = table(graph.rows[label][block.nodes[label]])
            if self.training and label == ITEM:
                kept = torch.rand(len(own), 1, device=own.device)
                own = own * (kept >= self.given.id_dropout)
            states[label] = states[label] + own
        popular = self.popularity(graph.popularity[block.nodes[ITEM]])
        states[ITEM] = states[ITEM] + popular
        return states
