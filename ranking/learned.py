"""`LearnedScorer`: a scorer that is trained by gradients, on stars or on ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.ranking import features as described
from basketweave.ranking.features import Features
from basketweave.ranking.losses import warp
from basketweave.training.learner import LoopConfig, Loops
from basketweave.training.losses import bpr, sampled_softmax

# Pairs scored at a time when all items are: about 100 MB of activations.
PAIRS = 200_000


class ScorerConfig(LoopConfig):
    """The settings that every learned scorer has."""

    loss: Literal["rating", "softmax", "bpr", "warp"] = "softmax"
    """`rating`: squared error of the events' values; `softmax`, `bpr` and `warp` rank
    an event's item before `negatives` drawn ones, or before all others where the
    catalogue has no more."""
    batch: int = Field(512, ge=1)
    """Events in a step."""
    negatives: int = Field(100, ge=1)
    """Items drawn for each event to be ranked below it; all others where the catalogue
    has no more."""
    learning_rate: float = Field(0.001, gt=0)
    weight_decay: float = Field(0.1, ge=0)

    def build(self, features: Features) -> LearnedScorer:
        """An untrained model of these users and items."""
        raise NotImplementedError


@dataclass(frozen=True)
class TrainingPairs:
    """What is learnt from: user, item, value (E,); the distinct pairs as sorted keys;
    q (I,), the distribution that negatives are drawn from."""

    user: Tensor
    item: Tensor
    value: Tensor
    keys: Tensor
    q: Tensor

    @classmethod
    def of(
        cls, user: IntArray, item: IntArray, value: FloatArray, n_items: int
    ) -> TrainingPairs:
        """The pairs of these events; negatives are drawn half by popularity^.75
        (Mikolov et al. 2013), half uniformly."""
        counts = np.bincount(item, minlength=n_items) ** 0.75
        q = 0.5 * counts / counts.sum() + 0.5 / n_items
        keys = np.unique(user * n_items + item)
        found = (user, item, value, keys, q.astype(np.float32))
        return cls(*(torch.from_numpy(np.ascontiguousarray(x)) for x in found))

    def had(self, users: Tensor, items: Tensor) -> Tensor:
        """Which of these pairs, shapes that broadcast, are among the events."""
        keys = users * len(self.q) + items
        at = torch.searchsorted(self.keys, keys).clamp(max=len(self.keys) - 1)
        return self.keys[at] == keys


class FieldBuffers(nn.Module):
    """The fields of users or of items as buffers, which move with the model."""

    def __init__(self, fields: tuple[described.Field, ...]) -> None:
        super().__init__()
        self.sizes = [field.size for field in fields]
        for n, field in enumerate(fields):
            self.register_buffer(f"field{n}", torch.from_numpy(field.values))

    def __len__(self) -> int:
        return len(self.get_buffer("field0")) - 1

    def at(self, rows: Tensor) -> list[Tensor]:
        """Each field's values (B, L) of these rows (B,)."""
        return [self.get_buffer(f"field{n}")[rows] for n in range(len(self.sizes))]


class LearnedScorer(Loops[TrainingPairs]):
    """A torch module of pairs; `forward(users (B,), items (B,))` gives (B,) scores."""

    def __init__(self, config: ScorerConfig, features: Features) -> None:
        super().__init__()
        self.config: ScorerConfig = config
        self.users, self.items = (
            FieldBuffers(features.users),
            FieldBuffers(features.items),
        )
        self.mean = nn.Parameter(torch.zeros(()))

    def start_from(self, train: Subgraph) -> None:
        """Set what needs no gradients: for ratings, the mean of all stars."""
        if self.config.loss == "rating":
            stars = train.events[self.config.kind].value
            nn.init.constant_(self.mean, float(stars.mean()))

    def groups(self) -> list[dict[str, Any]]:
        """Two parameter groups: all others, and the mean without weight decay, which
        would draw all stars towards 0."""
        others = [p for name, p in self.named_parameters() if name != "mean"]
        return [{"params": others}, {"params": [self.mean], "weight_decay": 0.0}]

    def losses(self, prepared: TrainingPairs) -> Iterator[Tensor]:
        """One loss for each batch of the events, in random order."""
        for rows in torch.randperm(len(prepared.user)).split(self.config.batch):
            user, item = prepared.user[rows], prepared.item[rows]
            if self.config.loss == "rating":
                yield (self(user, item) - prepared.value[rows]).square().mean()
            else:
                yield self._ranking(prepared, user, item)

    def _ranking(self, pairs: TrainingPairs, user: Tensor, item: Tensor) -> Tensor:
        n, n_items = self.config.negatives, len(pairs.q)
        everything = n_items <= n
        drawn = torch.arange(n_items) if everything else pairs.q.multinomial(n, True)
        good, bad = self(user, item), self.grid(user, drawn)
        hits = pairs.had(user[:, None], drawn)
        if self.config.loss == "warp":
            order = torch.randperm(len(drawn))
            return warp(good, bad[:, order], hits[:, order], n_items)
        if self.config.loss == "bpr":
            return bpr(good, bad, hits)
        expected = torch.zeros(n_items) if everything else (pairs.q[drawn] * n).log()
        return sampled_softmax(good, bad, expected, hits)

    def grid(self, users: Tensor, items: Tensor) -> Tensor:
        """Scores (B, C) of all pairs of users (B,) and items (C,)."""
        b, c = len(users), len(items)
        return self(users.repeat_interleave(c), items.repeat(b)).view(b, c)

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        """Scores (B,) of pairs: stars, where `loss` is `rating`."""
        return self.score_pairs(users, items[:, None])[:, 0]

    @torch.no_grad()
    def score_pairs(self, users: IntArray, items: IntArray) -> FloatArray:
        """Scores (B, C) of each user (B,) with candidates of their own (B, C)."""
        u = torch.from_numpy(np.repeat(users, items.shape[1]))
        i = torch.from_numpy(items.ravel())
        was_training = self.training
        self.eval()
        each = [self(a, b) for a, b in zip(u.split(PAIRS), i.split(PAIRS), strict=True)]
        self.train(was_training)
        return torch.cat(each).view(items.shape).numpy()

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item, for full rankings."""
        everything = np.arange(len(self.items), dtype=np.int64)
        return self.score_pairs(users, np.tile(everything, (len(users), 1)))
