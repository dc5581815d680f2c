"""What training asks: which purchases follow those of the past?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from basketweave.errors import TrainingError
from basketweave.graph.interactions import EventLog, Interactions
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.moments import DAY

if TYPE_CHECKING:
    from basketweave.gnn.learned import LearnedConfig, LearnedEncoder


@dataclass(frozen=True)
class Lists:
    """Items of users: those of row r are items[ptr[r]:ptr[r + 1]]."""

    ptr: Tensor
    items: Tensor

    def draw(self, rows: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """`n` items of each of these rows (B,), with replacement.

        Returns, both (B n,), which of `rows` and which item.
        """
        row = torch.arange(len(rows), device=rows.device).repeat_interleave(n)
        start, end = self.ptr[rows][row], self.ptr[rows + 1][row]
        within = torch.rand(len(row), dtype=torch.float64, device=rows.device)
        return row, self.items[start + (within * (end - start)).long()]

    def all(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Every item of each of these rows: which of `rows` it is of, and which item."""
        start, n = self.ptr[rows], self.ptr[rows + 1] - self.ptr[rows]
        row = torch.repeat_interleave(n)
        nth = torch.arange(len(row), device=rows.device) - (n.cumsum(0) - n)[row]
        return row, self.items[start[row] + nth]


@dataclass(frozen=True)
class Task:
    """A graph, and which items to predict for whom.

    users (Q,)   positions of the users with something to predict
    wanted       what to predict, a row for each of `users`
    had          items that are no negatives, a row for each of `users`
    q (I,)       the distribution that negatives are drawn from
    whole        whether all that the user has is wanted: then nothing of it is a
                 negative, and a user's positives share their negatives
    """

    graph: Any
    users: Tensor
    wanted: Lists
    had: Lists
    q: Tensor
    whole: bool = False

    def batches(self, size: int) -> Iterator[Tensor]:
        """All rows of `users` in random order, `size` at a time."""
        order = torch.randperm(len(self.users), device=self.users.device)
        return iter(order.split(size))


def tasks(encoder: LearnedEncoder[Any], subgraph: Subgraph) -> list[Task]:
    """One task for each past time, or for each share of the purchases.

    Raises `TrainingError` where there are no events of the config's kind.
    """
    config = encoder.config
    log = EventLog.of(subgraph, config.kind)
    if not len(log.time):
        raise TrainingError(
            f"There are no {config.kind} events to train '{config.name}' on. "
            "Load some first: basketweave load …"
        )
    parts = in_time(config, log) or at_random(config, log)
    found = [_task(encoder, subgraph, *part) for part in parts]
    asked = [task for task in found if len(task.users)]
    if not asked:
        raise TrainingError(
            f"No {config.kind} event is left to predict for '{config.name}'. Load more "
            "events, or set target='any'."
        )
    return asked


def in_time(
    config: LearnedConfig, log: EventLog
) -> list[tuple[Interactions, Interactions]]:
    """(past, wanted) pairs at times half a horizon apart, the last a horizon ago.

    At least as much time as is predicted must lie before; else there are none.
    """
    if config.horizon is None:
        return []
    (first, last), step = log.span, int(config.horizon * DAY)
    starts = [last - step - cut * step // 2 for cut in range(config.cuts)]
    return [
        (log.pairs(start), log.pairs(start + step, start))
        for start in starts
        if start - first >= step
    ]


def at_random(
    config: LearnedConfig, log: EventLog
) -> list[tuple[Interactions, Interactions]]:
    """(past, wanted) pairs: `cuts` random shares, none of which overlap."""
    pairs = log.pairs()
    if not config.held_out:
        return [(pairs, pairs)]
    place = torch.rand(len(pairs), dtype=torch.float64).numpy()
    n = min(config.cuts, int(1 / config.held_out))
    shares = [(place // config.held_out).astype(np.int64) == cut for cut in range(n)]
    return [(pairs.where(~out), pairs.where(out)) for out in shares if out.any()]


def _task(
    encoder: LearnedEncoder[Any],
    subgraph: Subgraph,
    past: Interactions,
    wanted: Interactions,
) -> Task:
    whole = past is wanted
    new = encoder.config.target == "new" and not whole
    if new:
        wanted = wanted.where(~np.isin(wanted.key, past.key))
    had = np.full(len(past), new or whole)
    q = _negatives(past, encoder.config.horizon)
    if encoder.config.head is not None:
        q = np.where(q >= np.sort(q)[-encoder.config.head :][0], q, 0)
        wanted = wanted.where(q[wanted.item] > 0)
    users = np.unique(wanted.user)
    return Task(
        graph=encoder.graph(subgraph, past),
        users=torch.from_numpy(users).to(encoder.device),
        wanted=_lists(wanted, users, encoder.device),
        had=_lists(past.where(had), users, encoder.device),
        q=torch.from_numpy(q).to(encoder.device),
        whole=whole,
    )


def _lists(pairs: Interactions, users: Any, device: torch.device) -> Lists:
    kept = pairs.where(np.isin(pairs.user, users))
    ptr = np.searchsorted(kept.user, np.r_[users, pairs.shape[0]])
    return Lists(
        torch.from_numpy(ptr).to(device), torch.from_numpy(kept.item).to(device)
    )


def _negatives(past: Interactions, half_life: float | None) -> FloatArray:
    """Popularity^.75 (Mikolov et al. 2013), of late where there are real times.

    Most of a grocery's catalogue is not sold any more: the head teaches more.
    """
    buyers = np.ones(len(past)) if half_life is None else past.fresh(half_life)
    q = np.bincount(past.item, buyers, past.shape[1]) ** 0.75
    return (q / q.sum()).astype(np.float32)
