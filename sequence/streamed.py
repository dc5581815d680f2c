"""`StreamedWindows`: windows of more histories than memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from basketweave.graph.subgraph import Events
from basketweave.sequence.windows import HistoryBatch, HistoryWindows
from basketweave.training.passes import Passes
from basketweave.training.share import ALONE, Share


@dataclass(frozen=True)
class StreamedWindows:
    """The windows that `cut` makes of events, which are read anew in each epoch."""

    passes: Passes
    cut: Callable[[Events], HistoryWindows]

    def batches(self, size: int, share: Share = ALONE) -> Iterator[HistoryBatch]:
        """All windows: those of some people, then of others, each time in random order.

        All chance is drawn at the beginning: later, processes that share the batches
        have drawn differently often.
        """
        chance = torch.Generator()
        chance.manual_seed(int(torch.randint(2**62, ())))
        order = torch.randperm(self.passes.pieces, generator=chance).tolist()
        for events in self.passes.read(order):
            yield from self.cut(events).batches(size, share, chance)
