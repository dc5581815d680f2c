"""GRU4Rec: a gated recurrent network over a history."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from basketweave.sequence.config import SequenceConfig
from basketweave.sequence.encoder import SequenceEncoder
from basketweave.sequence.windows import Groups
from basketweave.training.encoder import Vocabulary


class GRU4RecConfig(SequenceConfig):
    """Hidasi et al. (2016), "Session-based recommendations with recurrent neural
    networks", with the softmax loss in place of the sampled pairwise ones.
    """

    model: ClassVar[str] = "GRU4Rec"
    name: str = "gru4rec"
    hidden: int = Field(128, ge=1)
    """Width of the recurrent state."""
    layers: int = Field(1, ge=1)
    """Recurrent layers, one above the other."""

    def restore(self, ids: Vocabulary) -> SequenceEncoder:
        return SequenceEncoder(self, ids, Recurrent(self))


class Recurrent(nn.Module):
    """GRU layers over histories of any length, side by side."""

    def __init__(self, config: GRU4RecConfig) -> None:
        super().__init__()
        between = config.layer_dropout if config.layers > 1 else 0.0
        self.gru = nn.GRU(
            config.width,
            config.hidden,
            config.layers,
            dropout=between,
            batch_first=True,
        )
        self.dropout = nn.Dropout(config.layer_dropout)
        self.out = nn.Linear(config.hidden, config.width)

    def forward(self, x: Tensor, groups: Groups) -> Tensor:
        """States (T, d) after each item of packed histories (T, d)."""
        sizes = [n * length for n, length in groups]
        states = [
            self.gru(rows.view(n, length, -1))[0].reshape(n * length, -1)
            for rows, (n, length) in zip(x.split(sizes), groups, strict=True)
        ]
        return self.out(self.dropout(torch.cat(states)))
