"""Wide & Deep: crosses that memorise, embeddings that generalise."""

from __future__ import annotations

from itertools import product
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn
from torch.nn import functional as F

from basketweave.graph.subgraph import Subgraph
from basketweave.ranking.features import Features
from basketweave.ranking.layers import Bag, mlp
from basketweave.ranking.learned import LearnedScorer, ScorerConfig
from basketweave.ranking.rating import FactorisationConfig, MatrixFactorisation


class WideDeepConfig(ScorerConfig):
    """How Wide & Deep is built.

    dim         width of each field's embedding
    wide        rows of weights a cross has at most: a larger one is hashed
    id_dropout  how often a user must do without their id, so that what else is known
                of them learns to stand for it
    base        the matrix factorisation, fitted first and then left as it is, to
                which the model adds; for `loss: rating` alone
    """

    model: ClassVar[str] = "wide-deep"
    name: str = "wide-deep"
    dim: int = Field(32, ge=1)
    hidden: tuple[int, ...] = (64, 32)
    dropout: float = Field(0.5, ge=0, lt=1)
    wide: int = Field(2**14, ge=2)
    id_dropout: float = Field(0, ge=0, lt=1)
    base: FactorisationConfig | None = None

    @field_validator("base")
    @classmethod
    def _stars(
        cls, base: FactorisationConfig | None, told: ValidationInfo
    ) -> FactorisationConfig | None:
        if base is not None and told.data.get("loss") != "rating":
            raise ValueError("it predicts stars: leave it out, or set loss to rating")
        return base

    def build(self, features: Features) -> WideDeep:
        """An untrained model of these users and items."""
        return WideDeep(self, features)


class WideDeep(LearnedScorer):
    """score = mean + w · [fields, crosses] + MLP([embeddings of fields]) [+ base].

    Cheng et al. (2016), "Wide & deep learning for recommender systems", eq. 1-3.
    Every field of the user is crossed with every field of the item, but for id with
    id: that would be the event itself, of which `base` knows more. The ids' own
    weights are the biases.
    """

    def __init__(self, config: WideDeepConfig, features: Features) -> None:
        super().__init__(config, features)
        fields = *features.users, *features.items
        self.linear = nn.ModuleList(Bag(field, 1, 0.0) for field in fields)
        self.embeddings = nn.ModuleList(
            Bag(field, config.dim, 0.01) for field in fields
        )
        self.mlp = mlp(len(fields) * config.dim, config.hidden, config.dropout)
        self.out = nn.Linear((len(fields) * config.dim, *config.hidden)[-1], 1)
        self.crosses = nn.ModuleList(
            Cross(self.users.sizes[a], self.items.sizes[b], config.wide)
            for a, b in self._crossed()
        )
        self.given = config
        if config.base is not None:
            for name, side in (("users", self.users), ("items", self.items)):
                rows = torch.zeros(side.sizes[0], config.base.factors + 2)
                self.register_buffer(f"base_{name}", rows)

    def start_from(self, train: Subgraph) -> None:
        super().start_from(train)
        if self.given.base is None:
            return
        told = self.given.base.model_copy(update={"kind": self.given.kind})
        found = MatrixFactorisation(told).fit(train).factors()
        for name, rows in zip(("users", "items"), found, strict=True):
            # Row 0 is of one who is not known: no taste, no bias.
            unknown = np.eye(rows.shape[1])[[-1 if name == "users" else -2]]
            held = torch.from_numpy(np.r_[unknown, rows])
            self.get_buffer(f"base_{name}").copy_(held)

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Scores (B,) of pairs of positions, both (B,)."""
        of_users, of_items = self.users.at(users), self.items.at(items)
        if self.training and self.given.id_dropout:
            kept = torch.rand(len(users), 1, device=users.device)
            of_users[0] = of_users[0] * (kept >= self.given.id_dropout)
        values = of_users + of_items
        deep = [bag(v) for bag, v in zip(self.embeddings, values, strict=True)]
        score = self.mean + self.out(self.mlp(torch.cat(deep, dim=1))).squeeze(1)
        for bag, v in zip(self.linear, values, strict=True):
            score = score + bag(v).squeeze(1)
        for cross, (a, b) in zip(self.crosses, self._crossed(), strict=True):
            score = score + cross(of_users[a], of_items[b])
        return score + self._base(of_users[0], of_items[0])

    def _base(self, users: Tensor, items: Tensor) -> Tensor | float:
        """What matrix factorisation has beyond the mean, of ids (B, 1) each."""
        if self.given.base is None:
            return 0.0
        own = self.get_buffer("base_users")[users[:, 0]]
        return (own * self.get_buffer("base_items")[items[:, 0]]).sum(dim=1)

    def _crossed(self) -> list[tuple[int, int]]:
        pairs = product(range(len(self.users.sizes)), range(len(self.items.sizes)))
        return [pair for pair in pairs if pair != (0, 0)]


class Cross(nn.Module):
    """A weight for each pair of values of two fields, hashed where they are many."""

    def __init__(self, a: int, b: int, most: int) -> None:
        super().__init__()
        self.b = b
        self.hashed = a * b > most
        self.weight = nn.Parameter(torch.zeros(min(a * b, most) + 1, 1))

    def rows(self, a: Tensor, b: Tensor) -> Tensor:
        """The row of each pair of values (B, La), (B, Lb): 0 where there is none."""
        a, b = a[:, :, None], b[:, None, :]
        pair = a * self.b + b
        if self.hashed:  # Knuth's multiplicative hash, its high bits
            pair = (pair * 2654435761 % 2**32) >> 8
        row = 1 + pair % (len(self.weight) - 1)
        return row.masked_fill((a == 0) | (b == 0), 0).flatten(1)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """The sum of the weights over the root of how many there are, (B,)."""
        rows = self.rows(a, b)
        many = (rows > 0).sum(dim=1).clamp(min=1).sqrt()
        total = F.embedding_bag(rows, self.weight, mode="sum", padding_idx=0)
        return total.squeeze(1) / many
