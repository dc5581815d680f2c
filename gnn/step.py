"""One training step: draw, encode, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from basketweave.gnn.losses import bpr, full_softmax, sampled_softmax
from basketweave.gnn.tasks import Task

if TYPE_CHECKING:
    from basketweave.gnn.learned import LearnedEncoder


def step_loss(learner: LearnedEncoder[Any], task: Task, rows: Tensor) -> Tensor:
    """The loss of items drawn for these rows (B,) of `task.users`."""
    config = learner.config
    row, positive = task.draw(rows, config.positives)  # (P,), (P,)
    everything = len(task.q) <= config.negatives
    drawn = None if everything else _negatives(task, config.negatives)
    items, place = _distinct(positive, drawn, len(task.q))
    hide = torch.stack([task.users[rows][row], positive]) if task.hide else None
    u, v = learner(task.graph, task.users[rows], items, hide)  # (B, w), (C, w)
    u = u[row]
    if drawn is None and config.loss == "softmax":
        return full_softmax(learner.temperature(u @ v.T), positive)
    if drawn is None:
        drawn, place = items, torch.cat([place, items])
    own, others = place.split([len(positive), len(drawn)])
    hits = positive[:, None] == drawn[None]  # (P, S)
    good = learner.temperature((u * v[own]).sum(dim=1))
    bad = learner.temperature(u @ v[others].T)
    if config.loss == "bpr":
        return bpr(good, bad, hits)
    return sampled_softmax(good, bad, (task.q[drawn] * len(drawn)).log(), hits)


def _negatives(task: Task, n: int) -> Tensor:
    return torch.multinomial(task.q, n, replacement=True)


def _distinct(
    positive: Tensor, drawn: Tensor | None, n_items: int
) -> tuple[Tensor, Tensor]:
    """Distinct items (C,), and where the positives and then the drawn are in them."""
    if drawn is None:
        return torch.arange(n_items, device=positive.device), positive
    items, place = torch.cat([positive, drawn]).unique(return_inverse=True)
    return items, place
