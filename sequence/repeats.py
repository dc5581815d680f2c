"""`Repeats`: what an item gains by standing in the history itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from basketweave.graph.subgraph import IntArray
from basketweave.sequence.windows import HistoryBatch

NONE = -1


@dataclass(frozen=True)
class Own:
    """The latest items before each prediction, each once.

    item (P, n)    the newest first, at its latest place; -1 elsewhere
    count (P, n)   at how many of the n places it stands
    """

    item: Tensor
    count: Tensor

    @classmethod
    def of(cls, batch: HistoryBatch, n: int) -> Own:
        """The items at the `n` places before each prediction of a batch."""
        runs = [torch.arange(length).repeat(times) for times, length in batch.groups]
        back = torch.arange(n)
        item = batch.items[(batch.at[:, None] - back).clamp(min=0)]
        missing = back > torch.cat(runs)[batch.at][:, None]
        return cls.once(item.masked_fill(missing, NONE))

    @classmethod
    def before(cls, histories: Sequence[IntArray], n: int) -> Own:
        """The `n` latest items of each history, whose newest item stands last."""
        item = torch.full((len(histories), n), NONE)
        for row, history in enumerate(histories):
            last = torch.from_numpy(history[::-1][:n].astype("int64"))
            item[row, : len(last)] = last
        return cls.once(item)

    @classmethod
    def once(cls, item: Tensor) -> Own:
        """Each item once, from the items (P, n) at every place, -1 for none."""
        same = item[:, :, None] == item[:, None]
        earlier = torch.ones(item.shape[1], item.shape[1]).tril(-1).bool()
        again = (same & earlier).any(dim=2)
        return cls(item.masked_fill(again, NONE), same.sum(dim=2))

    def to(self, device: torch.device) -> Own:
        """The same on `device`."""
        return Own(self.item.to(device), self.count.to(device))


class Repeats(nn.Module):
    """A bonus for the logit of an item that the history itself holds.

    b_k + c log(times), k how many places back it stands last, and how many times it
    stands in the n latest places. The copy mode of RepeatNet (Ren et al. 2019) in its
    simplest form: n + 1 numbers.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(n))
        self.often = nn.Parameter(torch.zeros(min(n, 1)))

    def forward(self, own: Own) -> Tensor:
        """The bonus (P, n) of a history's own items."""
        return self.place + self.often * own.count.log()

    def loss(
        self,
        good: Tensor,
        others: Tensor,
        mine: Tensor,
        target: Tensor,
        drawn: Tensor,
        own: Own,
    ) -> Tensor:
        """Cross-entropy of the targets among their history's own items and drawn ones.

        good (P,), others (P, S), mine (P, n)   logits of the items target (P,), drawn
        (S,) and own (P, n), those of `others` less their log q: see `sampled_softmax`

        A history's own items are all there, so they need no correction; a drawn item
        that is one of them, or the target, is left out.
        """
        bonus = self(own)
        again = own.item == target[:, None]
        good = good + torch.where(again, bonus, 0.0).sum(dim=1)
        mine = (mine + bonus).masked_fill((own.item == NONE) | again, -math.inf)
        others = others.masked_fill(drawn == target[:, None], -math.inf)
        least = others.new_full((), -math.inf)
        others = others.index_put(_where(own.item, drawn), least)
        total = torch.cat([good[:, None], mine, others], dim=1).logsumexp(dim=1)
        return (total - good).mean()

    @torch.no_grad()
    def of(self, histories: Sequence[IntArray], n_items: int) -> Tensor:
        """The bonus (B, I) of every item after each history, the newest item last."""
        own = Own.before(histories, len(self.place)).to(self.place.device)
        real = own.item != NONE
        out = torch.zeros(len(histories), n_items)
        out[real.nonzero()[:, 0].cpu(), own.item[real].cpu()] = self(own)[real].cpu()
        return out


def _where(own: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """(row, column) of each item drawn (S,) that is one of the row's own (P, n)."""
    ordered, order = drawn.sort()
    first = torch.searchsorted(ordered, own)
    each = torch.searchsorted(ordered, own, right=True) - first
    row = torch.arange(len(own), device=own.device).repeat_interleave(each.sum(dim=1))
    n = each.ravel()
    entry = torch.arange(len(n), device=n.device).repeat_interleave(n)
    step = torch.arange(len(entry), device=n.device) - (n.cumsum(0) - n)[entry]
    return row, order[first.ravel()[entry] + step]
