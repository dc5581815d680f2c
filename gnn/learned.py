"""`LearnedEncoder`: a graph encoder that is trained to predict purchases."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Generic, Literal, TypeVar

import torch
from pydantic import Field
from torch import Tensor

from basketweave.gnn.encoder import Vocabulary
from basketweave.gnn.learner import Learner, TrainingConfig
from basketweave.gnn.losses import Temperature
from basketweave.gnn.step import step_loss
from basketweave.gnn.tasks import Task, tasks
from basketweave.graph.subgraph import FloatArray, Subgraph

G = TypeVar("G")


class LearnedConfig(TrainingConfig):
    """What every graph encoder that is trained can be told.

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

    users: int = Field(256, ge=1)
    positives: int = Field(8, ge=1)
    negatives: int = Field(2048, ge=1)
    loss: Literal["softmax", "bpr"] = "softmax"
    horizon: float | None = Field(28, gt=0)
    cuts: int = Field(6, ge=1)
    target: Literal["any", "new"] = "any"
    half_life: float = Field(60, gt=0)

    def restore(self, known: Vocabulary) -> LearnedEncoder[Any]:
        """An untrained model with embeddings for these ids."""
        raise NotImplementedError


class LearnedEncoder(Learner[list[Task]], Generic[G]):
    """Graphs at past times and what was bought next; `G` is its form of a graph."""

    def __init__(self, config: LearnedConfig, known: Vocabulary) -> None:
        super().__init__()
        self.config: LearnedConfig = config
        self.known = known
        self.temperature = Temperature()

    def prepare(self, subgraph: Subgraph) -> list[Task]:
        """The tasks of predicting purchases."""
        return tasks(self, subgraph)

    def losses(self, prepared: list[Task]) -> Iterator[Tensor]:
        """One loss for each batch of the users of every task, in random order."""
        size = self.config.users
        steps = [(task, rows) for task in prepared for rows in task.batches(size)]
        for n in torch.randperm(len(steps)).tolist():
            yield step_loss(self, *steps[n])

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


def rows_of(known: Iterable[str], ids: Iterable[str]) -> Tensor:
    """The embedding row of each id: from 1, or 0 for one that is not `known`."""
    row = {name: n for n, name in enumerate(known, start=1)}
    return torch.tensor([row.get(name, 0) for name in ids], dtype=torch.long)
