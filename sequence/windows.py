"""Histories cut into windows, and batches of them in which nothing is padded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from basketweave.graph.subgraph import Events, IntArray
from basketweave.training.share import ALONE, Share

Groups = Sequence[tuple[int, int]]
"""(how many, their length): histories of one length stand side by side."""


@dataclass(frozen=True)
class HistoryBatch:
    """Histories one after the other, shortest first, and what followed them.

    items (T,)     what was read
    groups         how the T rows divide into histories of equal length
    at (P,)        the rows after which a prediction is made
    target (P,)    the item that came next
    """

    items: Tensor
    groups: Groups
    at: Tensor
    target: Tensor


@dataclass(frozen=True)
class HistoryWindows:
    """Pieces of histories: window w reads items[start : start + length].

    items (E,)       all events, one user after the other
    asked (E,)       which of them are to be predicted
    start, length, targets (W,)   predictions stand at its last `targets` rows,
                     where what follows is asked
    """

    items: Tensor
    asked: Tensor
    start: Tensor
    length: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.start)

    def only(self, chosen: Tensor) -> HistoryWindows:
        """The windows at which `chosen` (W,) is true."""
        start, length, targets = self.start, self.length, self.targets
        return HistoryWindows(
            self.items, self.asked, start[chosen], length[chosen], targets[chosen]
        )

    def batches(
        self, size: int, share: Share = ALONE, chance: torch.Generator | None = None
    ) -> Iterator[HistoryBatch]:
        """All windows in random order, about `size` predictions at a time.

        share    the process whose windows of each batch are wanted
        chance   what draws the order; by default torch's generator
        """
        order = torch.randperm(len(self), generator=chance)
        step = (self.predictions[order].cumsum(0) - 1) // size
        for rows in order.split(torch.bincount(step).tolist()):
            if len(rows):
                yield self.batch(share.of(rows))

    @cached_property
    def predictions(self) -> Tensor:
        """How many predictions each window makes (W,)."""
        before = F.pad(self.asked.cumsum(0), (1, 0))
        last = self.start + self.length + 1
        return before[last] - before[last - self.targets]

    def batch(self, rows: Tensor) -> HistoryBatch:
        """These windows (B,) as one batch, the shortest first."""
        rows = rows[self.length[rows].argsort(stable=True)]
        length, targets = self.length[rows], self.targets[rows]
        place, row = _counted(length)
        at = self.start[rows][row] + place
        asked = (place >= (length - targets)[row]) & self.asked[at + 1]
        target = self.items[at[asked] + 1]
        return HistoryBatch(
            self.items[at], groups(length), asked.nonzero().squeeze(1), target
        )


def groups(length: Tensor) -> Groups:
    """Runs of equal values in the ascending `length` (B,)."""
    each, n = length.unique_consecutive(return_counts=True)
    return list(zip(n.tolist(), each.tolist(), strict=True))


def windows(
    events: Events, max_length: int, every_position: bool, only_new: bool = False
) -> HistoryWindows:
    """What to train on: each event but a user's first is predicted exactly once.

    With `only_new`, none is whose item the user had before. Otherwise than with
    `every_position`, each is the one prediction of a window that holds the
    `max_length` events before it. With it a history is one window;
    where it is longer than `max_length`, windows overlap by half, so that no
    prediction but the first ones sees less than half of `max_length`.
    """
    first = np.flatnonzero(np.diff(events.user, prepend=-1))
    size = np.diff(np.r_[first, len(events)])
    cut = _overlapping if every_position else _prefixes
    start, length, targets = cut(first[size > 1], size[size > 1] - 1, max_length)
    asked = _first(events) if only_new else np.ones(len(events), bool)
    parts = (events.item, asked, start, length, targets)
    found = HistoryWindows(*map(torch.from_numpy, parts))
    return found.only(found.predictions > 0)


def _first(events: Events) -> npt.NDArray[np.bool_]:
    """Which events (E,) are a user's first with their item."""
    pair = events.user * (events.item.max(initial=0) + 1) + events.item
    out = np.zeros(len(events), bool)
    out[np.unique(pair, return_index=True)[1]] = True
    return out


Cut = tuple[IntArray, IntArray, IntArray]


def _prefixes(first: IntArray, size: IntArray, most: int) -> Cut:
    place, row = _arange(size)
    length = np.minimum(place + 1, most)
    start = first[row] + place + 1 - length
    return start, length, np.ones_like(start)


def _overlapping(first: IntArray, size: IntArray, most: int) -> Cut:
    step = max(most // 2, 1)
    n = 1 + np.maximum(-(-(size - most) // step), 0)
    nth, row = _arange(n)
    # The last window ends where the history does.
    end = np.minimum(most + nth * step, size[row])
    begin = np.maximum(end - most, 0)
    before = np.where(nth > 0, most + (nth - 1) * step, 0)
    return first[row] + begin, end - begin, end - before


def _arange(n: IntArray) -> tuple[IntArray, IntArray]:
    """0 … n-1 for each entry, and which entry it is."""
    row = np.repeat(np.arange(len(n)), n)
    return np.arange(len(row)) - (n.cumsum() - n)[row], row


def _counted(n: Tensor) -> tuple[Tensor, Tensor]:
    row = torch.repeat_interleave(n)
    return torch.arange(len(row)) - (n.cumsum(0) - n)[row], row
