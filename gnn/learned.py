"""`LearnedEncoder`: an encoder that is trained by gradients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import torch
from pydantic import Field
from torch import Tensor, nn

from basketweave.gnn.encoder import Encoder, EncoderConfig
from basketweave.gnn.losses import Temperature
from basketweave.graph.subgraph import FloatArray, Subgraph

G = TypeVar("G")
Vocabulary = Mapping[str, Sequence[str]]
"""Node type -> the ids that have embeddings of their own, in the order of the rows."""


class LearnedConfig(EncoderConfig):
    """What every encoder that is trained by gradients can be told.

    epochs, patience   at most so many; stop after so many without a better NDCG
    users, positives   a step has so many users, and so many items of each
    negatives          items drawn for the softmax; the whole catalogue where it
                       has at most so many
    loss               `softmax`, or `bpr`
    horizon, cuts      predict what is bought within so many days after each of so
                       many past times, from the graph as it stood then; where
                       `horizon` is None or the data too short for it: predict any
                       purchase, hidden from the graph while it is predicted
    target             which purchases to predict: all, or of items new to the user
    half_life          days after which a purchase counts half
    """

    epochs: int = Field(20, ge=1)
    patience: int = Field(5, ge=1)
    users: int = Field(256, ge=1)
    positives: int = Field(8, ge=1)
    negatives: int = Field(2048, ge=1)
    loss: Literal["softmax", "bpr"] = "softmax"
    learning_rate: float = Field(0.003, gt=0)
    weight_decay: float = Field(0, ge=0)
    horizon: float | None = Field(28, gt=0)
    cuts: int = Field(6, ge=1)
    target: Literal["any", "new"] = "any"
    half_life: float = Field(60, gt=0)

    def build(self, subgraph: Subgraph) -> LearnedEncoder[Any]:
        """An untrained model with embeddings for the ids of `subgraph`."""
        return self.restore(vocabulary(subgraph))

    def restore(self, known: Vocabulary) -> LearnedEncoder[Any]:
        """An untrained model with embeddings for these ids."""
        raise NotImplementedError


class LearnedEncoder(nn.Module, Encoder, Generic[G]):
    """A torch module; `G` is what it makes of a subgraph before the first step."""

    def __init__(self, config: LearnedConfig, known: Vocabulary) -> None:
        super().__init__()
        self.config: LearnedConfig = config
        self.known = known
        self.temperature = Temperature()

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.temperature.log.device

    @abstractmethod
    def graph(self, subgraph: Subgraph, until: int | None = None) -> G:
        """The subgraph as it stood at `until`, as tensors on the encoder's device."""

    @abstractmethod
    def forward(
        self, graph: G, users: Tensor, items: Tensor, hide: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Vectors (B, w), (C, w) of the distinct positions `users`, `items`.

        Users have length 1, and items too unless the config keeps `norms`.
        hide (2, P)   (user, item) pairs whose purchase is not to be looked at
        """

    @torch.no_grad()
    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        """Vectors of all users and items of `subgraph`, in evaluation mode."""
        was_training = self.training
        self.eval()
        u, i = (torch.arange(n, device=self.device) for n in subgraph.shape)
        users, items = self(self.graph(subgraph), u, i)
        self.train(was_training)
        return users.float().cpu().numpy(), items.float().cpu().numpy()


def vocabulary(subgraph: Subgraph) -> Vocabulary:
    """The ids of a subgraph."""
    return {label: ids.to_list() for label, ids in subgraph.ids.items()}


def rows_of(known: Iterable[str], ids: Iterable[str]) -> Tensor:
    """The embedding row of each id: from 1, or 0 for one that is not `known`."""
    row = {name: n for n, name in enumerate(known, start=1)}
    return torch.tensor([row.get(name, 0) for name in ids], dtype=torch.long)
