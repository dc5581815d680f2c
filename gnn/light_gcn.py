"""LightGCN: embeddings smoothed over the purchase graph, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from basketweave.gnn.learned import LearnedConfig, LearnedEncoder
from basketweave.gnn.spectrum import spectrum
from basketweave.graph.interactions import Interactions, interactions
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors, unit
from basketweave.training.bags import Bags
from basketweave.training.encoder import Vocabulary, vocabulary
from basketweave.training.learner import rows_of

STD = 0.1
"""Of the embeddings at the start (He et al. 2020, their code for Gowalla)."""


class LightGCNConfig(LearnedConfig):
    """How LightGCN is trained.

    As in the paper, it predicts purchases that its graph holds, and the length of an
    item's vector says how popular it is (`norms`).
    """

    model: ClassVar[str] = "LightGCN"
    name: str = "lightgcn"
    layers: int = Field(3, ge=0)
    """How often embeddings are smoothed."""
    positives: int = Field(16, ge=1)
    spectral: bool = True
    """Whether embeddings start as singular vectors of the purchase graph."""
    weight_decay: float = Field(1, ge=0)
    """Weight decay, which stands for the paper's L2 of the embeddings. It is applied
    apart from the gradients (Loshchilov & Hutter 2019), since it is strong."""
    patience: int = Field(5, ge=1)
    learning_rate: float = Field(0.01, gt=0)
    horizon: float | None = None
    held_out: float = Field(0, ge=0, lt=1)

    def build(self, subgraph: Subgraph, start: Sequence[Vectors] = ()) -> LightGCN:
        """An untrained model that knows the ids of `subgraph`."""
        encoder = self.restore(vocabulary(subgraph))
        if self.spectral:
            encoder.start_from(interactions(subgraph, self.kind))
        return encoder

    def restore(self, ids: Vocabulary) -> LightGCN:
        return LightGCN(self, ids)


@dataclass(frozen=True)
class PurchaseGraph:
    """Embedding rows of users and items, and A = D^-½ R D^-½ (U, I) both ways."""

    users: Tensor
    items: Tensor
    to_users: Bags
    to_items: Bags


class LightGCN(LearnedEncoder[PurchaseGraph]):
    """He et al. (2020), "LightGCN: simplifying and powering graph convolution".

    E^(k+1) = D^-½ A D^-½ E^(k) (eq. 8), and a node's vector is the mean of its
    E^(0) … E^(K) (eq. 4 with α = 1/(K+1)); here scaled to length 1. A node without
    an embedding starts at 0 and gets the vectors of its neighbours.
    """

    def __init__(self, config: LightGCNConfig, ids: Vocabulary) -> None:
        super().__init__(config, ids)
        self.layers = config.layers
        self.user = nn.Embedding(len(ids[USER]) + 1, config.width, padding_idx=0)
        self.item = nn.Embedding(len(ids[ITEM]) + 1, config.width, padding_idx=0)
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=STD)
            table.weight.data[0] = 0

    @torch.no_grad()
    def start_from(self, pairs: Interactions) -> None:
        """Put users and items where the spectrum of these purchases has them.

        As long as random embeddings are, and with a tenth of these beside, for what
        the spectrum does not have.
        """
        width = self.config.width
        found = spectrum(pairs, np.ones(len(pairs), np.float32), width, 0.5, 0.5)
        for table, rows in ((self.user, found.users), (self.item, found.items)):
            start = torch.from_numpy(unit(rows)) * STD * width**0.5
            table.weight[1:] = 0.1 * table.weight[1:] + start

    def graph(self, subgraph: Subgraph, pairs: Interactions) -> PurchaseGraph:
        ones = pairs.matrix(np.ones(len(pairs)))
        by_user, by_item = (np.maximum(ones.sum(axis=a), 1) ** -0.5 for a in (1, 0))
        values = by_user[pairs.user] * by_item[pairs.item]
        both = pairs.matrix(values)
        users, items = (
            rows_of(self.ids[label], subgraph.ids[label]) for label in (USER, ITEM)
        )
        return PurchaseGraph(
            users.to(self.device),
            items.to(self.device),
            Bags.of(both).to(self.device),
            Bags.of(sp.csr_array(both.T)).to(self.device),
        )

    def smoothed(self, graph: PurchaseGraph) -> Iterator[tuple[Tensor, Tensor]]:
        """E^(0) … E^(K) of users (U, w) and items (I, w)."""
        u, i = self.user(graph.users), self.item(graph.items)
        yield u, i
        for _ in range(self.layers):
            u, i = self.message(graph.to_users, i), self.message(graph.to_items, u)
            yield u, i

    def message(self, matrix: Bags, x: Tensor) -> Tensor:
        """What the nodes on the other side send: one step along the graph."""
        return matrix.sums(x)

    def forward(
        self, graph: PurchaseGraph, users: Tensor, items: Tensor
    ) -> tuple[Tensor, Tensor]:
        layers = [(u[users], i[items]) for u, i in self.smoothed(graph)]
        u, i = (torch.stack(states).mean(dim=0) for states in zip(*layers, strict=True))
        return F.normalize(u), i if self.config.norms else F.normalize(i)
