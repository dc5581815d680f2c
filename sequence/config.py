"""The settings of the sequence encoders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from basketweave.errors import UsageError
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.training.encoder import vocabulary
from basketweave.training.learner import TrainingConfig

if TYPE_CHECKING:
    from basketweave.sequence.encoder import SequenceEncoder
    from basketweave.training.encoder import Vocabulary


class SequenceConfig(TrainingConfig):
    """The settings that SASRec and GRU4Rec share."""

    streams: ClassVar[bool] = True
    encodes_others = True
    norms: bool = False
    epochs: int = Field(12, ge=1)
    patience: int = Field(2, ge=1)
    learning_rate: float = Field(0.002, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    max_length: int = Field(50, ge=1)
    """How many latest items of a history are read."""
    every_position: bool = True
    """Whether the loss stands at all positions of a history, which is read once; otherwise
    every prefix is a sample of its own."""
    target: Literal["any", "new"] = "any"
    """`new`: only items that are new to the person are predicted, where many buy again
    and again."""
    batch: int = Field(1024, ge=1)
    """Predictions in a step."""
    catalogue: int = Field(20_000, ge=0)
    """The softmax goes over all items where there are at most so many."""
    negatives: int = Field(4096, ge=1)
    """Items drawn for the softmax where there are more."""
    repeats: int = Field(0, ge=0)
    """So many latest items of a history have a learnt bonus of their own, by how far
    back they stand; the softmax then is sampled, with all of them in every sample. For
    data in which people come back to what they had: a vector near the last item's
    cannot say whether it or one like it comes next."""
    smoothing: float = Field(0, ge=0, lt=1)
    """Label smoothing of the full softmax."""
    dropout: float = Field(0.4, ge=0, lt=1)
    """Share of the items that are read that is left out in training."""
    layer_dropout: float = Field(0.2, ge=0, lt=1)
    """Share of the states within the layers that is left out in training."""
    attributes: bool = True
    """Whether categories (with ancestors) and brands are added to an item's own
    embedding."""
    id_dropout: float = Field(0.1, ge=0, lt=1)
    """How often an item must do without its own embedding, so that its attributes learn
    to stand for it."""
    item_edges: tuple[str, ...] = ()
    """Item-item relationships along which item vectors are propagated, such as
    FOLLOWED_BY; derived from the events where the subgraph has none."""
    hops: int = Field(1, ge=1)
    """How many steps item vectors are propagated."""
    edge_dropout: float = Field(0.5, ge=0, lt=1)
    """Share of the `item_edges` that each step leaves out in training."""
    spectral: bool = True
    """Whether item embeddings start as singular vectors of FOLLOWED_BY."""
    start: tuple[Path, ...] = ()
    """Files of vectors (`save_vectors`) that item embeddings start from instead: from
    the principal axes of their items' vectors side by side."""
    average: float = Field(0.998, ge=0, lt=1)
    """Decay of the running mean of the parameters, which is what is validated and
    published (Polyak & Juditsky 1992); 0: none."""

    @property
    def vector_files(self) -> tuple[Path, ...]:
        return self.start

    def build(
        self, subgraph: Subgraph, start: Sequence[Vectors] = ()
    ) -> SequenceEncoder:
        """An untrained model that knows the ids of `subgraph`.

        start   the vectors in the files that the setting `start` names

        Raises `UsageError` where these are not as many.
        """
        from basketweave.sequence.starts import given_start, spectral_start

        if len(start) != len(self.start):
            raise UsageError(
                f"'{self.name}' starts from the vectors of {len(self.start)} files, and "
                f"{len(start)} were given. `train` reads them."
            )
        encoder = self.restore(vocabulary(subgraph))
        if start:
            encoder.items.start_as(given_start(start, subgraph, self.width))
        elif self.spectral and len(subgraph.events.get(self.kind, ())):
            encoder.items.start_as(spectral_start(subgraph, self.width))
        return encoder

    def restore(self, ids: Vocabulary) -> SequenceEncoder:
        """An untrained model that knows these ids, for parameters read from a file."""
        raise NotImplementedError
