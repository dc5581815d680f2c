"""One training step: draw, encode, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from basketweave.gnn.tasks import Task
from basketweave.training.losses import bpr, sampled_softmax
from basketweave.training.softmax import catalogue_softmax

if TYPE_CHECKING:
    from basketweave.gnn.learned import LearnedEncoder


def step_loss(learner: LearnedEncoder[Any], task: Task, rows: Tensor) -> Tensor:
    """The loss of items drawn for these rows (B,) of `task.users`.

    Items that cannot be wanted are no negatives: where only new items are, a user's
    own would else teach that users dislike what is like their purchases.
    """
    config = learner.config
    if config.negatives is None:
        return _catalogue_loss(learner, task, rows)
    row, positive = task.wanted.draw(rows, config.positives)  # (P,), (P,)
    drawn, log_q = _negatives(task, config.negatives)
    items, place = torch.cat([positive, drawn]).unique(return_inverse=True)
    own, others = place.split([len(positive), len(drawn)])
    u, v = learner(task.graph, task.users[rows], items)  # (B, w), (C, w)
    good = learner.temperature((u[row] * v[own]).sum(dim=1))
    bad = learner.temperature(u @ v[others].T)  # (B, S)
    if not config.norms:
        # A direction cannot know how popular an item is, and need not learn it.
        log = task.q.clamp(min=1e-9).log()
        good, bad = good + log[positive], bad + log[drawn]
    out = _had(task, rows, items)[:, others]  # (B, S)
    of: Tensor | None = row
    if not task.whole:
        # Another item that the user wants may be a negative, the positive itself not.
        bad, out, of = bad[row], out[row] | (positive[:, None] == drawn), None
    if config.loss == "bpr":
        return bpr(good, bad, out, of)
    return sampled_softmax(good, bad, log_q, out, of)


def _catalogue_loss(learner: LearnedEncoder[Any], task: Task, rows: Tensor) -> Tensor:
    """Cross-entropy of each user's positives among all items, in equal parts.

    Directions must learn here what is popular, as nothing is told of it.
    """
    n = learner.config.positives
    row, positive = task.wanted.draw(rows, n)  # (B n,), (B n,)
    every = torch.arange(len(task.q), device=rows.device)
    u, v = learner(task.graph, task.users[rows], every)
    u = learner.temperature(u)
    # The sum over the catalogue is made once for each user, with one positive of n.
    first = positive[::n]
    of_first = catalogue_softmax(u, v, first) + (u * v[first]).sum(dim=1).mean()
    return of_first - (u[row] * v[positive]).sum(dim=1).mean()


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
