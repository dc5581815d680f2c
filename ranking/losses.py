"""Ranking losses beside those of `training.losses` (softmax, sampled softmax, BPR)."""

from __future__ import annotations

import torch
from torch import Tensor


def warp(
    positive: Tensor, sampled: Tensor, hits: Tensor, n_items: int, margin: float = 1.0
) -> Tensor:
    """Weighted approximate-rank pairwise loss of positives (P,) against samples (P, S).

    The samples are looked at in their order until one comes within `margin` of the
    positive; found as the n-th, the positive's rank is about (n_items - 1) / n, and
    the hinge counts 1 + 1/2 + … + 1/rank.  hits (P, S): samples that are no negatives.

    Weston, Bengio & Usunier (2011), "WSABIE: scaling up to large vocabulary image
    annotation", algorithm 1. A positive that no sample violates costs nothing.
    """
    hinge = (margin - positive[:, None] + sampled).masked_fill(hits, 0).clamp(min=0)
    violates = hinge > 0
    tries = (~hits).cumsum(dim=1).gather(1, violates.int().argmax(dim=1)[:, None])
    rank = ((n_items - 1) // tries.clamp(min=1)).clamp(min=1)
    weight = torch.arange(1, n_items + 1, device=rank.device).reciprocal().cumsum(0)
    first = hinge.gather(1, violates.int().argmax(dim=1)[:, None])
    return (weight[rank - 1] * first).mean()


def listwise(logits: Tensor, relevant: Tensor, held: Tensor) -> Tensor:
    """Cross-entropy of each row's relevant items, which share its probability.

    logits, relevant (0 or 1), held (is there a candidate at all), each (B, C). Cao et
    al. (2007), "Learning to rank: from pairwise approach to listwise approach", eq. 5
    with top-one probabilities. Rows without a relevant item do not count.
    """
    log = logits.masked_fill(~held, -torch.inf).log_softmax(dim=1)
    share = relevant / relevant.sum(dim=1, keepdim=True).clamp(min=1)
    each = -(share * log.masked_fill(relevant == 0, 0)).sum(dim=1)
    asked = relevant.any(dim=1)
    return each[asked].mean()
