"""`Learner`: what `train` can train, be it a graph, a sequence or a ranking model."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

import torch
from pydantic import Field
from torch import Tensor, nn

from basketweave.errors import UsageError
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.settings import Settings
from basketweave.training.encoder import Encoder, EncoderConfig, Vocabulary, vocabulary
from basketweave.training.passes import Passes
from basketweave.training.share import ALONE, Share
from basketweave.training.validation import Validation, ndcg

P = TypeVar("P")


class LoopConfig(Settings, allow_inf_nan=False):
    """The settings of every training by gradients."""

    model: ClassVar[str]
    name: str
    """Name under which it is published."""
    kind: str = PURCHASED
    """The event kind it learns from and predicts."""
    epochs: int = Field(20, ge=0)
    """Passes over the data at most."""
    patience: int = Field(5, ge=1)
    """Stop after so many epochs that were no better."""
    learning_rate: float = Field(0.003, gt=0)
    """Length of a step (AdamW), at its highest."""
    weight_decay: float = Field(0, ge=0)
    """How far each step draws the parameters to 0, apart from the gradients."""
    schedule: Literal["constant", "cosine"] = "constant"
    """How the learning rate goes from epoch to epoch: `constant`, or `cosine`, which
    falls to 0 (Loshchilov & Hutter 2017, "SGDR", eq. 5)."""
    warmup: float = Field(0, ge=0, lt=1)
    """The share of the epochs in which the rate rises to `learning_rate`."""
    scheduled: int | None = Field(None, ge=1)
    """The epochs that schedule and warm-up are laid out for, where training ends before
    them; None: `epochs`."""

    def rate(self, epoch: int) -> float:
        """What the learning rate is multiplied by in an epoch, counted from 0.

        >>> class Short(LoopConfig):
        ...     name: str = "short"
        >>> short = Short(epochs=5, schedule="cosine", warmup=0.2)
        >>> [round(short.rate(epoch), 3) for epoch in range(5)]
        [0.5, 1.0, 0.854, 0.5, 0.146]
        """
        total = self.scheduled or self.epochs
        rising = self.warmup * total
        if epoch < rising:
            return (epoch + 1) / (rising + 1)
        if self.schedule == "constant":
            return 1.0
        done = min((epoch - rising) / (total - rising), 1.0)
        return (1 + math.cos(math.pi * done)) / 2

    def ending_after(self, epochs: int) -> Self:
        """The config of the same training, broken off after `epochs` at the same rates."""
        total = self.scheduled or self.epochs or None
        held = total if self.schedule == "cosine" or self.warmup else None
        return self.model_copy(update={"epochs": epochs, "scheduled": held})

    def identity(self) -> dict[str, Any]:
        """The settings in which a checkpoint must agree: all but where training ends.

        A training at a constant rate may go on for more epochs than were planned.
        """
        if self.schedule == "constant" and not self.warmup:
            apart = {"epochs", "patience", "schedule", "warmup", "scheduled"}
            return self.model_dump(exclude=apart, mode="json")
        said = self.model_dump(exclude={"epochs", "patience"}, mode="json")
        return {**said, "scheduled": self.scheduled or self.epochs}


class TrainingConfig(EncoderConfig, LoopConfig):
    """The settings of every encoder that is trained by gradients."""

    @property
    def vector_files(self) -> tuple[Path, ...]:
        """Files of vectors that its parameters start from: `train` reads them."""
        return ()

    def build(self, subgraph: Subgraph, start: Sequence[Vectors] = ()) -> Learner[Any]:
        """An untrained model that knows the ids of `subgraph`.

        start   what its `vector_files` hold, for one that has any
        """
        return self.restore(vocabulary(subgraph))

    def restore(self, ids: Vocabulary) -> Learner[Any]:
        """An untrained model that knows these ids, for parameters read from a file."""
        raise NotImplementedError


class Loops(nn.Module, Generic[P]):
    """A torch module that says what a step's loss is: what `run_epochs` needs.

        for loss in learner.losses(prepared): …       # once for every epoch

    All chance must come from torch's global generators, whose states a checkpoint
    keeps: then a training that was broken off ends as if it had not been.

    Where several processes train, each is to compute the loss of its share of a
    step's rows, `self.share.of(rows)`. A module that does not ask computes all of
    them in every process: no faster, and no worse.
    """

    config: LoopConfig
    share: Share = ALONE

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

    def value(self, subgraph: Subgraph, validation: Validation) -> float:
        """How good the vectors are now: NDCG@10 on a split, or what the function
        `validation` makes of them; the higher the better."""
        return ndcg(validation, self.encode(subgraph))

    @abstractmethod
    def prepare(self, subgraph: Subgraph) -> P:
        """What every epoch needs of `subgraph`, on the learner's device.

        Raises `TrainingError` where there is nothing to learn from.
        """

    def prepare_passes(self, subgraph: Subgraph, passes: Passes) -> P:
        """The same where the events are read anew in each epoch: `config.streams`.

        subgraph   all items, and some of the people
        """
        raise UsageError(
            f"'{self.config.name}' learns from a graph in memory: train it on a sample."
        )


def rows_of(stored: Iterable[str], ids: Iterable[str]) -> Tensor:
    """The embedding row of each id: from 1, or 0 for one that is not among `stored`."""
    row = {name: n for n, name in enumerate(stored, start=1)}
    return torch.tensor([row.get(name, 0) for name in ids], dtype=torch.long)
