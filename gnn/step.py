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
    config, n_items = learner.config, len(task.q)
    row, positive = task.wanted.draw(rows, config.positives)  # (P,), (P,)
    if n_items <= config.negatives:
        drawn, log_q = torch.arange(n_items, device=row.device), None
    else:
        drawn = torch.multinomial(task.q, config.negatives, replacement=True)
        # Without the correction a score is learnt relative to how popular an item is,
        # which is what a direction can say.
        log_q = (task.q[drawn] * len(drawn)).log() if config.norms else None
    items, place = torch.cat([positive, drawn]).unique(return_inverse=True)
    own, others = place.split([len(positive), len(drawn)])
    u, v = learner(task.graph, task.users[rows], items)  # (B, w), (C, w)
    good = learner.temperature((u[row] * v[own]).sum(dim=1))
    bad = learner.temperature(u @ v[others].T)[row]  # (P, S)
    out = _had(task, rows, items)[:, others][row] | (positive[:, None] == drawn)
    if config.loss == "bpr":
        return bpr(good, bad, out)
    return sampled_softmax(good, bad, log_q, out)


def _had(task: Task, rows: Tensor, items: Tensor) -> Tensor:
    """(B, C), true where the user had the item."""
    row, item = task.had.all(rows)
    place = torch.searchsorted(items, item).clamp(max=len(items) - 1)
    there = items[place] == item
    out = torch.zeros(len(rows), len(items), dtype=torch.bool, device=rows.device)
    out[row[there], place[there]] = True
    return out
