"""Cross-entropy over a whole catalogue, a block of rows at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

# Entries of a block of logits. On a CPU a block of 4 MB stays in the cache: 1,024
# rows by 12,101 items take .11 s with gradients, F.cross_entropy .35 s (one core).
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
        to_queries, to_items = torch.empty_like(queries), torch.zeros_like(items)
        total = queries.new_zeros(())
        n, n_items = len(queries), len(items)
        everyone = items.sum(dim=0)  # Σ over items: what smoothing pulls towards
        rows = max(BLOCK.get(queries.device.type, 1_000_000) // n_items, 16)
        for start in range(0, n, rows):
            u, y = queries[start : start + rows], target[start : start + rows]
            z = u @ items.T
            right = (u * items[y]).sum(dim=1)
            top = z.amax(dim=1, keepdim=True)
            p = z.sub_(top).exp_()
            mass = p.sum(dim=1, keepdim=True)
            log_mass = (mass.log() + top).squeeze(1)
            spread = (u @ everyone) / n_items
            total += (log_mass - (1 - smoothing) * right - smoothing * spread).sum()
            p.div_(mass)
            p -= smoothing / n_items
            p[torch.arange(len(y), device=y.device), y] -= 1 - smoothing
            to_queries[start : start + rows] = p @ items
            to_items += p.T @ u
        ctx.save_for_backward(to_queries, to_items)
        ctx.n = n
        return total / n

    @staticmethod
    @torch.amp.custom_bwd(device_type="cuda")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None]:
        to_queries, to_items = ctx.saved_tensors
        scale = grads[0] / ctx.n
        return to_queries * scale, to_items * scale, None, None
