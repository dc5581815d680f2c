"""Cross-entropy over a whole catalogue, a block of rows at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

# Entries of a block of logits. On a CPU a block of 4 MB stays in the cache: 1,024
# rows by 12,101 items of width 64 take .07 s with gradients, F.cross_entropy .20 s.
BLOCK = {"cpu": 1_000_000, "cuda": 64_000_000}


def catalogue_softmax(
    queries: Tensor, items: Tensor, target: Tensor, smoothing: float = 0.0
) -> Tensor:
    """Mean cross-entropy of `target` (P,) under logits queries @ items.T.

    queries (P, d), items (I, d). The logits (P, I) are never held at once:
    gradients are computed along with the loss. `smoothing` gives that share of
    each target to all items alike (Szegedy et al. 2016, section 7).
    """
    loss: Tensor = _CatalogueSoftmax.apply(queries, items, target, smoothing)
    return loss


class _CatalogueSoftmax(torch.autograd.Function):
    @staticmethod
    @torch.amp.custom_fwd(device_type="cuda", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(
        ctx: Any, queries: Tensor, items: Tensor, target: Tensor, smoothing: float
    ) -> Tensor:
        n, n_items = len(queries), len(items)
        average = items.mean(dim=0)  # what smoothing pulls towards
        goal = (1 - smoothing) * items[target] + smoothing * average  # (P, d)
        total = -(queries * goal).sum()
        to_queries = torch.empty_like(queries)
        to_items = (-smoothing / n_items * queries.sum(dim=0)).expand_as(items).clone()
        to_items.index_add_(0, target, queries, alpha=smoothing - 1)
        rows = max(BLOCK.get(queries.device.type, 1_000_000) // n_items, 16)
        for start in range(0, n, rows):
            u = queries[start : start + rows]
            z = u @ items.T
            top = z.amax(dim=1, keepdim=True)
            p = z.sub_(top).exp_()
            mass = p.sum(dim=1, keepdim=True)
            total += (mass.log() + top).sum()
            to_queries[start : start + rows] = p @ items / mass
            to_items.addmm_(p.T, u / mass)
        to_queries -= goal
        ctx.save_for_backward(to_queries, to_items)
        ctx.n = n
        return total / n

    @staticmethod
    @torch.amp.custom_bwd(device_type="cuda")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        to_queries, to_items = ctx.saved_tensors
        scale = grads[0] / ctx.n
        return to_queries * scale, to_items * scale, None, None
