"""Wide & Deep: crosses that memorise, embeddings that generalise."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, TypeVar

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn

from basketweave.graph.subgraph import Subgraph
from basketweave.ranking.features import Features
from basketweave.ranking.layers import Bag, mlp
from basketweave.ranking.learned import LearnedScorer, ScorerConfig
from basketweave.ranking.rating import FactorisationConfig, MatrixFactorisation
from basketweave.ranking.ridge import RidgeConfig
from basketweave.ranking.wide import Wide

T = TypeVar("T")


class WideDeepConfig(ScorerConfig):
    """How Wide & Deep is built."""

    model: ClassVar[str] = "wide-deep"
    name: str = "wide-deep"
    dim: int = Field(32, ge=1)
    """Width of each field's embedding."""
    hidden: tuple[int, ...] = (64, 32)
    """Widths of the layers above the embeddings."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of a layer's states that are left out in training."""
    wide: int = Field(2**14, ge=2)
    """Rows of weights a cross has at most: a larger one is hashed."""
    id_dropout: float = Field(0, ge=0, lt=1)
    """How often a user must do without their id, so that what else is known of them
    learns to stand for it."""
    ridge: RidgeConfig | None = None
    """For `loss: rating` alone: the weights of the wide part that have to do with an
    id, solved exactly, first of all, and then left as they are."""
    base: FactorisationConfig | None = None
    """For `loss: rating` alone: a matrix factorisation of what `ridge` leaves, left as
    it is too."""

    @field_validator("ridge", "base")
    @classmethod
    def _stars(cls, given: T | None, told: ValidationInfo) -> T | None:
        if given is not None and told.data.get("loss") != "rating":
            raise ValueError("it predicts stars: leave it out, or set loss to rating")
        return given

    def build(self, features: Features) -> WideDeep:
        """An untrained model of these users and items."""
        return WideDeep(self, features)


class WideDeep(LearnedScorer):
    """score = mean + w · [fields, crosses] + MLP([embeddings of fields]) [+ base].

    Cheng et al. (2016), "Wide & deep learning for recommender systems", eq. 1-3. Of a
    pair of ids, which is the event itself, only `base` knows anything.
    """

    def __init__(self, config: WideDeepConfig, features: Features) -> None:
        super().__init__(config, features)
        fields = *features.users, *features.items
        self.wide = Wide(features, config.wide)
        self.embeddings = nn.ModuleList(
            Bag(field, config.dim, 0.01) for field in fields
        )
        self.mlp = mlp(len(fields) * config.dim, config.hidden, config.dropout)
        self.out = nn.Linear((len(fields) * config.dim, *config.hidden)[-1], 1)
        self.given = config
        if config.base is not None:
            for name, side in (("users", self.users), ("items", self.items)):
                rows = torch.zeros(side.sizes[0], config.base.factors + 2)
                self.register_buffer(f"base_{name}", rows)

    def start_from(self, train: Subgraph) -> None:
        super().start_from(train)
        if self.given.ridge is not None:
            train = self._solve(train, self.given.ridge)
        if self.given.base is not None:
            self._factorise(train, self.given.base)

    def _solve(self, train: Subgraph, config: RidgeConfig) -> Subgraph:
        """Set the wide part; gives `train` with the stars that it leaves."""
        events = train.events[self.given.kind]
        of_users = self.users.at(torch.from_numpy(events.user))
        of_items = self.items.at(torch.from_numpy(events.item))
        beyond = events.value - self.mean.item()
        self.wide.solve(of_users, of_items, beyond, config)
        with torch.no_grad():
            left = events.value - self.wide(of_users, of_items).numpy()
        kind = self.given.kind
        return replace(train, events={kind: replace(events, value=left)})

    def _factorise(self, train: Subgraph, config: FactorisationConfig) -> None:
        config = config.model_copy(update={"kind": self.given.kind})
        found = MatrixFactorisation(config).fit(train).factors()
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
        values = zip(self.embeddings, of_users + of_items, strict=True)
        deep = self.mlp(torch.cat([bag(v) for bag, v in values], dim=1))
        score = self.mean + self.out(deep).squeeze(1) + self.wide(of_users, of_items)
        return score + self._base(of_users[0], of_items[0])

    def _base(self, users: Tensor, items: Tensor) -> Tensor | float:
        """What matrix factorisation has beyond the mean, of ids (B, 1) each."""
        if self.given.base is None:
            return 0.0
        own = self.get_buffer("base_users")[users[:, 0]]
        return (own * self.get_buffer("base_items")[items[:, 0]]).sum(dim=1)
