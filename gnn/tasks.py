"""What training asks: from a graph at one time, the purchases that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from basketweave.errors import TrainingError
from basketweave.gnn.purchases import DAY, Log, Pairs
from basketweave.graph.subgraph import FloatArray, Subgraph

if TYPE_CHECKING:
    from basketweave.gnn.learned import LearnedConfig, LearnedEncoder


@dataclass(frozen=True)
class Task:
    """A graph, and which items to predict for whom.

    users (Q,)          positions of the users with something to predict
    ptr (Q + 1,)        where each one's items begin in `items`
    items (P,), chance (P,)   what to predict, and cumulative sampling weights
    q (I,)              the distribution that negatives are drawn from
    hide                whether the graph holds what is to be predicted
    """

    graph: Any
    users: Tensor
    ptr: Tensor
    items: Tensor
    chance: Tensor
    q: Tensor
    hide: bool

    def draw(self, rows: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """`n` items of each of these rows (B,) of `users`, with replacement.

        Returns, both (B n,), which of `rows` and which item.
        """
        row = torch.arange(len(rows), device=rows.device).repeat_interleave(n)
        start, end = self.ptr[rows][row], self.ptr[rows + 1][row]
        before = torch.cat([self.chance.new_zeros(1), self.chance])
        low, high = before[start], before[end]
        at = low + torch.rand_like(low) * (high - low)
        place = torch.searchsorted(self.chance, at, right=True)
        # Rounding may step over a row's last item.
        return row, self.items[place.clamp(max=end - 1)]

    def batches(self, size: int) -> Iterator[Tensor]:
        """All rows of `users` in random order, `size` at a time."""
        return iter(
            torch.randperm(len(self.users), device=self.users.device).split(size)
        )


def tasks(encoder: LearnedEncoder[Any], subgraph: Subgraph) -> list[Task]:
    """One task for each past time, or the one of predicting any purchase."""
    config = encoder.config
    log = Log.of(subgraph, config.kind)
    if not len(log.time):
        raise TrainingError(
            f"There are no {config.kind} events to train '{config.name}' on. "
            "Load some first: basketweave load …"
        )
    starts = _starts(config, *log.span)
    if not starts:
        pairs = log.pairs(config.half_life)
        return [_task(encoder, subgraph, None, pairs)]
    step = int((config.horizon or 0) * DAY)
    return [
        _task(encoder, subgraph, start, _next(log, config, start, start + step))
        for start in starts
    ]


def _starts(config: LearnedConfig, first: int, last: int) -> list[int]:
    """The times to predict from: half a horizon apart, the last one horizon ago.

    At least as much time as is predicted must lie before; else there are none.
    """
    if config.horizon is None:
        return []
    step = int(config.horizon * DAY)
    starts = [last - step - cut * step // 2 for cut in range(config.cuts)]
    return [start for start in starts if start - first >= step]


def _next(log: Log, config: LearnedConfig, start: int, end: int) -> Pairs:
    """Pairs bought within (start, end], only those of new items where asked so."""
    after = log.pairs(config.half_life, end, start)
    if config.target == "any":
        return after
    before = log.pairs(config.half_life, start)
    n_items = max(log.shape[1], 1)
    key, had = (p.user * n_items + p.item for p in (after, before))
    new = ~np.isin(key, had)
    return Pairs(
        after.user[new],
        after.item[new],
        after.count[new],
        after.last[new],
        after.weight[new],
        after.shape,
    )


def _task(
    encoder: LearnedEncoder[Any],
    subgraph: Subgraph,
    until: int | None,
    found: Pairs,
) -> Task:
    users, n = np.unique(found.user, return_counts=True)
    weight = np.ones(len(found)) if until is not None else found.weight + 1e-3
    tensors = (users, np.r_[0, n.cumsum()], found.item, weight.cumsum())
    at = [torch.from_numpy(x).to(encoder.device) for x in tensors]
    q = torch.from_numpy(_negatives(found)).to(encoder.device)
    graph = encoder.graph(subgraph, until)
    return Task(graph, at[0], at[1], at[2], at[3], q, hide=until is None)


def _negatives(found: Pairs) -> FloatArray:
    """Half by popularity^.75 (Mikolov et al. 2013), half uniform, over all items."""
    counts = np.bincount(found.item, minlength=found.shape[1]) ** 0.75
    q = 0.5 * counts / max(counts.sum(), 1e-9) + 0.5 / found.shape[1]
    return (q / q.sum()).astype(np.float32)
