"""`HistoryReader`: a trained encoder asked about histories it has never seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from basketweave.errors import UsageError
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import PARAMETERS, ModelCard, unit
from basketweave.sequence.encoder import SequenceEncoder
from basketweave.training.encoder import Encoder


class HistoryReader:
    """Vectors and scores for anyone of whom only a list of items is known.

    The items are those of `subgraph`, whose vectors are made once; a history is a
    list of their positions, the newest one last. Fulfils `HistoryScores`, so that
    `evaluate` can ask it about sessions, and `SessionEncoder`, so that `Recommender`
    can serve them. Raises `UsageError` for another encoder.
    """

    def __init__(self, encoder: Encoder, subgraph: Subgraph) -> None:
        if not isinstance(encoder, SequenceEncoder):
            raise UsageError(
                f"'{encoder.config.name}' reads no histories. Train a sequence "
                "encoder: basketweave train sasrec"
            )
        self._encoder = encoder
        with torch.no_grad(), encoder.published():
            self._items = encoder.items(encoder.item_inputs(subgraph))
        self._directions = unit(self._items.float().cpu().numpy())
        self._place = {item: n for n, item in enumerate(subgraph.ids[ITEM])}
        self.card = ModelCard(
            encoder.config.name,
            part="sequence",
            recipe={PARAMETERS: encoder.parameters_hash()},
        )

    def histories(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Unit vectors (B, d), in the space of the published ones.

        An empty history has a row of zeros: there is nothing to go by.
        """
        with torch.no_grad(), self._encoder.published():
            return self._encoder.histories(self._items, sequences)

    def vector(self, items: Sequence[str]) -> FloatArray | None:
        """The unit vector (d,) after items by their ids; None: it knows none of them.

        What `Recommender(store, encoder=…)` asks of an encoder.
        """
        history = [self._place[item] for item in items if item in self._place]
        return self.histories([np.array(history)])[0] if history else None

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Cosines (B, I) of every item with each history.

        Where the encoder has learnt what items gain by standing in the history, that
        is added, in units of the cosine.
        """
        cosines = self.histories(histories) @ self._directions.T
        if not self._encoder.config.repeats:
            return cosines
        with torch.no_grad(), self._encoder.published():
            gain = self._encoder.repeats.of(histories, cosines.shape[1])
            return cosines + (gain / self._sharpness()).numpy()

    def probabilities(self, histories: Sequence[IntArray]) -> FloatArray:
        """The probability (B, I) of every item to come next: the model's softmax."""
        with torch.no_grad(), self._encoder.published():
            logits = torch.from_numpy(self.score_histories(histories))
            found: FloatArray = (logits * self._sharpness()).softmax(dim=1).numpy()
        return found

    def _sharpness(self) -> float:
        """What a cosine is multiplied by to be a logit."""
        one = torch.ones((), device=self._encoder.device)
        return float(self._encoder.temperature(one))
