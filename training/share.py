"""`Share`: one process's part in a training that several run together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """Process `rank` of `world`, each of which computes its rows of every batch.

    The gradients are averaged after each step, as `DistributedDataParallel` does, so
    the parameters stay the same everywhere. That class itself wraps one `forward`,
    and a learner has none: it is a generator of losses. So the average is taken here,
    all gradients in one message.

    gradients   the group that carries them: nccl between GPUs; None: the default
                group, which is gloo and carries all else
    """

    rank: int = 0
    world: int = 1
    gradients: Any = None

    def of(self, rows: Tensor) -> Tensor:
        """This process's part of a step's rows (B,): every `world`-th, at least one.

        Where they do not divide evenly the first ones are taken twice, as PyTorch's
        `DistributedSampler` does, so that all have equally many.
        """
        each = -(-len(rows) // self.world)
        taken = torch.arange(self.rank, each * self.world, self.world) % len(rows)
        return rows[taken.to(rows.device)] if self.world > 1 else rows

    def first(self, ask: Callable[[], T]) -> T:
        """The answer of the first process, which alone calls `ask`, given to all."""
        if self.world == 1:
            return ask()
        answer = [ask() if self.rank == 0 else None]
        dist.broadcast_object_list(answer, src=0)
        return answer[0]  # type: ignore[return-value]

    def mean(self, value: float) -> float:
        """The mean of the processes' values.

        It goes over gloo, which fails at once where a process has died: nccl, which
        would wait for it, is asked only afterwards.
        """
        if self.world == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64)
        dist.all_reduce(total)
        return float(total) / self.world

    def begin_epoch(self) -> None:
        """Let all draw the same batches: by a seed that the first process draws."""
        if self.world > 1:
            torch.manual_seed(self.first(lambda: int(torch.randint(2**62, ()))))

    def same(self, module: nn.Module) -> None:
        """Overwrite the parameters and buffers with those of the first process."""
        if self.world > 1:
            for tensor in module.state_dict().values():
                dist.broadcast(tensor, 0, group=self.gradients)

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace the gradients by their mean over the processes; a parameter without a
        gradient in any process keeps none."""
        if self.world == 1:
            return
        held = [p for p in parameters if p.requires_grad]
        flags = held[0].new_tensor([float(p.grad is not None) for p in held])
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in held]
        message = torch.cat([flags, *(grad.flatten() for grad in grads)])
        dist.all_reduce(message, group=self.gradients)
        there, *means = message.split([len(held), *(p.numel() for p in held)])
        for p, has, mean in zip(held, there.tolist(), means, strict=True):
            p.grad = mean.view_as(p) / self.world if has else None


ALONE = Share()
