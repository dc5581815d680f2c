"""`Learner`: what `train` can train, be it a graph, a sequence or a ranking model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from basketweave.gnn.encoder import Encoder, EncoderConfig, Vocabulary, vocabulary
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Subgraph

P = TypeVar("P")


class LoopConfig(BaseModel):
    """What every training by gradients can be told.

    epochs, patience   at most so many; stop after so many that were no better
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ClassVar[str]
    name: str
    kind: str = PURCHASED
    epochs: int = Field(20, ge=0)
    patience: int = Field(5, ge=1)
    learning_rate: float = Field(0.003, gt=0)
    weight_decay: float = Field(0, ge=0)


class TrainingConfig(EncoderConfig, LoopConfig):
    """What every encoder that is trained by gradients can be told."""

    def build(self, subgraph: Subgraph) -> Learner[Any]:
        """An untrained model that knows the ids of `subgraph`."""
        return self.restore(vocabulary(subgraph))

    def restore(self, known: Vocabulary) -> Learner[Any]:
        """An untrained model that knows these ids, for parameters read from a file."""
        raise NotImplementedError


class Loops(nn.Module, Generic[P]):
    """A torch module that says what a step's loss is: what `run_epochs` needs.

        for loss in learner.losses(prepared): …       # once for every epoch

    All chance must come from torch's global generators, whose states a checkpoint
    keeps: then a training that was broken off ends as if it had not been.
    """

    config: LoopConfig

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device

    @abstractmethod
    def losses(self, prepared: P) -> Iterator[Tensor]:
        """The scalar loss of each step of one epoch, the steps in random order.

        A generator: the parameters change between one loss and the next.
        """

    def groups(self) -> list[dict[str, Any]]:
        """Parameter groups for the optimiser: all, at the config's learning rate."""
        return [{"params": list(self.parameters())}]


class Learner(Loops[P], Encoder):
    """An encoder that is trained: what an epoch needs is made of a subgraph, once.

    After an epoch `encode` (of `Encoder`, by way of `arrays`) is asked for vectors,
    so `arrays` sets evaluation mode and training mode again.
    """

    config: TrainingConfig

    @abstractmethod
    def prepare(self, subgraph: Subgraph) -> P:
        """What every epoch needs of `subgraph`, on the learner's device.

        Raises `TrainingError` where there is nothing to learn from.
        """
