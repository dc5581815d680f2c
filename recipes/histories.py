"""Any encoder as a model of histories, the way `Recommender.session` uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.evaluation import HistoryScores, Split
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import Vectors, unit
from basketweave.training.encoder import Encoder, EncoderConfig
from basketweave.training.validation import Validation, ndcg_of

AGE = 0.8
"""What an item counts beside the one after it, as in `Recommender.session`."""


@dataclass(frozen=True)
class SummedVectors:
    """A model in which a person is the sum of the vectors of the items they had.

    The newest item counts most.
    """

    items: FloatArray

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Cosines (B, I) of every item with each history, the newest item last."""
        sums = np.stack([self._sum(history) for history in histories])
        return unit(sums) @ self.items.T

    def _sum(self, history: IntArray) -> FloatArray:
        ages = np.arange(len(history))[::-1]
        total: FloatArray = (AGE**ages).astype(np.float32) @ self.items[history]
        return total


def validation(config: EncoderConfig, asked: Split) -> Validation:
    """What decides an encoder's best epoch.

    It is `asked`; where that asks for sessions and the encoder reads none, it is the
    NDCG of the summed vectors of items.
    """
    from basketweave.sequence import SequenceConfig

    if asked.prefixes is None or isinstance(config, SequenceConfig):
        return asked
    return lambda vectors: ndcg_of(SummedVectors(vectors.item_vectors), asked)


def reader(encoder: Encoder, vectors: Vectors, train: Subgraph) -> HistoryScores:
    """The encoder as a model of histories.

    An encoder that reads no histories is replaced by the sum of its item vectors.
    """
    from basketweave.sequence import HistoryReader, SequenceEncoder

    if isinstance(encoder, SequenceEncoder):
        return HistoryReader(encoder, train)
    return SummedVectors(vectors.item_vectors)
