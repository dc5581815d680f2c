"""One training step: draw, encode, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from basketweave.gnn.losses import bpr, sampled_softmax
from basketweave.gnn.tasks import Task

if TYPE_CHECKING:
    from basketweave.gnn.learned import LearnedEncoder


def step_loss(learner: LearnedEncoder[Any], task: Task, rows: Tensor) -> Tensor:
    """The loss of items drawn for these rows (B,) of `task.users`.

    Items that cannot be wanted are no negatives: where only new items are, a user's
    own would else teach that users dislike what is like their purchases.
    """
    config = learner.config
    row, positive = task.wanted.draw(rows, config.positives)  # (P,), (P,)
    drawn, log_q = _negatives(task, config.negatives)
    items, place = torch.cat([positive, drawn]).unique(return_inverse=True)
    own, others = place.split([len(positive), len(drawn)])
    u, v = learner(task.graph, task.users[rows], items)  # (B, w), (C, w)
    good = learner.temperature((u[row] * v[own]).sum(dim=1))
    bad = learner.temperature(u @ v[others].T)[row]  # (P, S)
    if not config.norms:
        # A direction cannot know how popular an item is, and need not learn it.
        log = task.q.clamp(min=1e-9).log()
        good, bad = good + log[positive], bad + log[drawn]
    out = _had(task, rows, items)[:, others][row] | (positive[:, None] == drawn)
    if config.loss == "bpr":
        return bpr(good, bad, out)
    return sampled_softmax(good, bad, log_q, out)


def _negatives(task: Task, n: int) -> tuple[Tensor, Tensor | None]:
    """Items to compare with, and the log of how often each was to be expected.

    All that may be drawn, and None, where they are at most `n`.
    """
    pool = task.q.nonzero().flatten()
    if len(pool) <= n:
        return pool, None
    drawn = torch.multinomial(task.q, n, replacement=True)
    return drawn, (task.q[drawn] * n).log()


def _had(task: Task, rows: Tensor, items: Tensor) -> Tensor:
    """(B, C), true where the user had the item."""
    row, item = task.had.all(rows)
    place = torch.searchsorted(items, item).clamp(max=len(items) - 1)
    there = items[place] == item
    out = torch.zeros(len(rows), len(items), dtype=torch.bool, device=rows.device)
    out[row[there], place[there]] = True
    return out
