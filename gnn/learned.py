"""`LearnedEncoder`: a graph encoder that is trained to predict purchases."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, Literal, Self, TypeVar

import torch
from pydantic import Field, model_validator
from torch import Tensor

from basketweave.gnn.step import step_loss
from basketweave.gnn.tasks import Task, tasks
from basketweave.graph.interactions import Interactions, interactions
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.training.encoder import Vocabulary
from basketweave.training.learner import Learner, TrainingConfig
from basketweave.training.losses import Temperature

G = TypeVar("G")


class LearnedConfig(TrainingConfig):
    """The settings of every graph encoder that is trained."""

    patience: int = Field(3, ge=1)
    users: int = Field(256, ge=1)
    """Users in a step."""
    positives: int = Field(4, ge=1)
    """Items of each user in a step."""
    negatives: int | None = Field(2048, ge=1)
    """Items drawn for the softmax; all that are known where these are at most so many.
    None: the whole catalogue, a block at a time, a user's own items among them."""
    head: int | None = Field(None, ge=2)
    """Predict only among so many items most bought of late; None: all."""
    loss: Literal["softmax", "bpr"] = "softmax"
    """`softmax`, or `bpr`."""
    horizon: float | None = Field(28, gt=0)
    """Predict what is bought within so many days after each of the `cuts`, from the
    graph as it stood then; None: see `held_out`."""
    cuts: int = Field(5, ge=1)
    """Past times from which is predicted."""
    held_out: float = Field(0.2, ge=0, lt=1)
    """Where `horizon` is None or the data too short for it: predict this share of the
    purchases from a graph without them, a different share for each cut; 0: all, from
    the whole graph."""
    target: Literal["any", "new"] = "any"
    """Which purchases to predict: all, or of items new to the user."""
    temperature: float = Field(0.07, gt=0)
    """What scores are divided by in the loss, at the start."""
    learn_temperature: bool = True
    """Whether training changes the temperature."""

    @model_validator(mode="after")
    def _has_negatives(self) -> Self:
        if self.loss == "bpr" and self.negatives is None:
            raise ValueError("loss='bpr' needs a number of `negatives`; give one.")
        return self

    def restore(self, ids: Vocabulary) -> LearnedEncoder[Any]:
        """An untrained model with embeddings for these ids."""
        raise NotImplementedError


class LearnedEncoder(Learner[list[Task]], Generic[G]):
    """Graphs at past times and what was bought next; `G` is its form of a graph."""

    def __init__(self, config: LearnedConfig, ids: Vocabulary) -> None:
        super().__init__()
        self.config: LearnedConfig = config
        self.ids = ids
        self.temperature = Temperature(config.temperature, config.learn_temperature)
        # Making the graph of a whole subgraph takes longer than an epoch.
        self._latest: tuple[Subgraph, G] | None = None

    def prepare(self, subgraph: Subgraph) -> list[Task]:
        """The tasks of predicting purchases."""
        self._latest = None
        return tasks(self, subgraph)

    def losses(self, prepared: list[Task]) -> Iterator[Tensor]:
        """One loss for each batch of the users of every task, in random order."""
        size = self.config.users
        steps = [(task, rows) for task in prepared for rows in task.batches(size)]
        for n in torch.randperm(len(steps)).tolist():
            task, rows = steps[n]
            yield step_loss(self, task, self.share.of(rows))

    @abstractmethod
    def graph(self, subgraph: Subgraph, pairs: Interactions) -> G:
        """The catalogue of `subgraph` and these purchases, on the encoder's device."""

    @abstractmethod
    def forward(self, graph: G, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors (B, w), (C, w) of the distinct positions `users`, `items`.

        Users have length 1, and items too unless the config keeps `norms`.
        """

    @torch.no_grad()
    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        """Vectors of all users and items of `subgraph`, in evaluation mode."""
        u, i = (torch.arange(n, device=self.device) for n in subgraph.shape)
        return self._vectors(self._whole(subgraph), u, i)

    def _whole(self, subgraph: Subgraph) -> G:
        if self._latest is None or self._latest[0] is not subgraph:
            pairs = interactions(subgraph, self.config.kind)
            self._latest = subgraph, self.graph(subgraph, pairs)
        return self._latest[1]

    def _vectors(
        self, graph: G, users: Tensor, items: Tensor
    ) -> tuple[FloatArray, FloatArray]:
        was_training = self.training
        self.eval()
        found = self(graph, users, items)
        self.train(was_training)
        u, i = (rows.float().cpu().numpy() for rows in found)
        return u, i
