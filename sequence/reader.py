"""`HistoryReader`: a trained encoder asked about histories it has never seen."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from basketweave.errors import UsageError
from basketweave.gnn.encoder import Encoder
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import unit
from basketweave.sequence.encoder import SequenceEncoder


class HistoryReader:
    """Vectors and scores for anyone of whom only a list of items is known.

    The items are those of `subgraph`, whose vectors are made once; a history is a
    list of their positions, the newest one last. Fulfils `HistoryScores`, so that
    `evaluate` can ask it about sessions. Raises `UsageError` for another encoder.
    """

    def __init__(self, encoder: Encoder, subgraph: Subgraph) -> None:
        if not isinstance(encoder, SequenceEncoder):
            raise UsageError(
                f"'{encoder.config.name}' reads no histories. Train a sequence "
                "encoder: basketweave train sasrec"
            )
        self._encoder = encoder
        with torch.no_grad(), encoder.published():
            self._items = encoder.items(encoder.catalogue(subgraph))
        self._directions = unit(self._items.float().cpu().numpy())

    def histories(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Unit vectors (B, d), in the space of the published ones.

        An empty history has a row of zeros: there is nothing to go by.
        """
        with torch.no_grad(), self._encoder.published():
            return self._encoder.histories(self._items, sequences)

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Cosines (B, I) of every item with each history."""
        return self.histories(histories) @ self._directions.T
