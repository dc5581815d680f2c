"""`RunningMean`: the mean of the parameters over the last steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class RunningMean(nn.Module):
    """An exponential mean of a module's parameters, kept as buffers beside them.

    Polyak & Juditsky (1992), "Acceleration of stochastic approximation by
    averaging". Its decay starts low, so that the first steps are soon forgotten.

    It stands within the module, so that a checkpoint and a model file hold both and the
    optimiser sees one set of parameters. PyTorch's `AveragedModel` is a second model
    beside the first: within it, its copy would be trained and averaged too.
    """

    steps: Tensor

    def __init__(self, module: nn.Module, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        if decay:
            for name, parameter in module.named_parameters():
                self.register_buffer(_key(name), parameter.detach().clone())

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Let the parameters of `module`, as a step left them, enter the mean."""
        if not self.decay:
            return
        self.steps += 1
        n = int(self.steps)
        decay = min(self.decay, n / (n + 10))
        for name, parameter in module.named_parameters():
            self.get_buffer(_key(name)).lerp_(parameter, 1 - decay)

    @contextmanager
    def applied(self, module: nn.Module) -> Iterator[None]:
        """A context in which `module` is in evaluation mode, with the mean in place of
        its parameters."""
        was_training = module.training
        module.eval()
        own: dict[str, Tensor] = {}
        if int(self.steps):
            for name, parameter in module.named_parameters():
                own[name], parameter.data = parameter.data, self.get_buffer(_key(name))
        try:
            yield
        finally:
            for name, parameter in module.named_parameters():
                parameter.data = own.get(name, parameter.data)
            module.train(was_training)


def _key(name: str) -> str:
    return name.replace(".", "/")
