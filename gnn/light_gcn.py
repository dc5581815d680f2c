"""LightGCN: embeddings smoothed over the purchase graph, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from basketweave.gnn.encoder import Vocabulary
from basketweave.gnn.learned import LearnedConfig, LearnedEncoder, rows_of
from basketweave.gnn.purchases import Pairs
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import Subgraph


class LightGCNConfig(LearnedConfig):
    """How LightGCN is trained; `layers` is how often embeddings are smoothed.

    As in the paper, it predicts purchases that its graph holds.
    """

    model: ClassVar[str] = "LightGCN"
    name: str = "lightgcn"
    norms: bool = False
    layers: int = Field(3, ge=0)
    learning_rate: float = Field(0.01, gt=0)
    horizon: float | None = None
    held_out: float = Field(0, ge=0, lt=1)

    def restore(self, known: Vocabulary) -> LightGCN:
        return LightGCN(self, known)


@dataclass(frozen=True)
class PurchaseGraph:
    """Embedding rows of users and items, and A = D^-½ R D^-½ (U, I) both ways."""

    users: Tensor
    items: Tensor
    to_users: Tensor
    to_items: Tensor


class LightGCN(LearnedEncoder[PurchaseGraph]):
    """He et al. (2020), "LightGCN: simplifying and powering graph convolution".

    E^(k+1) = D^-½ A D^-½ E^(k) (eq. 8), and a node's vector is the mean of its
    E^(0) … E^(K) (eq. 4 with α = 1/(K+1)); here scaled to length 1. A node without
    an embedding starts at 0 and gets the vectors of its neighbours.
    """

    def __init__(self, config: LightGCNConfig, known: Vocabulary) -> None:
        super().__init__(config, known)
        self.layers = config.layers
        self.user = nn.Embedding(len(known[USER]) + 1, config.width, padding_idx=0)
        self.item = nn.Embedding(len(known[ITEM]) + 1, config.width, padding_idx=0)
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=0.1)
            table.weight.data[0] = 0

    def graph(self, subgraph: Subgraph, pairs: Pairs) -> PurchaseGraph:
        ones = pairs.matrix(np.ones(len(pairs)))
        by_user, by_item = (np.maximum(ones.sum(axis=a), 1) ** -0.5 for a in (1, 0))
        values = by_user[pairs.user] * by_item[pairs.item]
        index = torch.from_numpy(np.stack([pairs.user, pairs.item]))
        both = torch.sparse_coo_tensor(
            index, torch.from_numpy(values.astype(np.float32)), size=subgraph.shape
        )
        users, items = (
            rows_of(self.known[label], subgraph.ids[label]) for label in (USER, ITEM)
        )
        return PurchaseGraph(
            users.to(self.device),
            items.to(self.device),
            both.coalesce().to(self.device),
            both.t().coalesce().to(self.device),
        )

    def smoothed(self, graph: PurchaseGraph) -> Iterator[tuple[Tensor, Tensor]]:
        """E^(0) … E^(K) of users (U, w) and items (I, w)."""
        u, i = self.user(graph.users), self.item(graph.items)
        yield u, i
        for _ in range(self.layers):
            u, i = self.message(graph.to_users, i), self.message(graph.to_items, u)
            yield u, i

    def message(self, matrix: Tensor, x: Tensor) -> Tensor:
        """What the nodes on the other side send: one step along the graph."""
        return matrix @ x

    def forward(
        self, graph: PurchaseGraph, users: Tensor, items: Tensor
    ) -> tuple[Tensor, Tensor]:
        layers = [(u[users], i[items]) for u, i in self.smoothed(graph)]
        u, i = (torch.stack(states).mean(dim=0) for states in zip(*layers, strict=True))
        return F.normalize(u), i if self.config.norms else F.normalize(i)
