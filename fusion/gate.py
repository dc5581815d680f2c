"""`Gate`: weights over the blend's parts from the context of a request.

    score(q, c) = Σ over parts  w_part(context of q) · value_part(q, c)
    w           = softmax(MLP(context))

Trained by the listwise softmax of scores at a learnt scale. Such a gate tends to
give one part all the weight, as mixtures of experts do: softmax gradients die once a
weight nears 1. Against it stand small first weights, a bonus for the entropy of each
request's weights, a penalty on uneven mean weights (Shazeer et al. 2017, "Outrageously
large neural networks", eq. 6-7, as Σ mean² · P), and dropping parts in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from basketweave.errors import UsageError
from basketweave.fusion.context import CONTEXT
from basketweave.fusion.next_basket import Requests
from basketweave.graph.subgraph import FloatArray
from basketweave.ranking.losses import listwise
from basketweave.training.learner import LoopConfig, Loops


class GateConfig(LoopConfig):
    """How the gate is trained. `collapsing()` is the same without any cure."""

    model: ClassVar[str] = "gate"
    name: str = "gate"
    hidden: int = Field(16, ge=1)
    """Width of its one hidden layer."""
    start: float = Field(0.01, gt=0)
    """Standard deviation of the last layer's first weights and biases."""
    entropy: float = Field(0.05, ge=0)
    """Bonus for each request's entropy, as a share of the largest."""
    balance: float = Field(0.01, ge=0)
    """Penalty on uneven mean weights, 0 where they are all equal."""
    dropout: float = Field(0.1, ge=0, lt=1)
    """Chance that a part is left out for a request in training."""
    batch: int = Field(128, ge=1)
    """Requests in a step."""
    epochs: int = Field(40, ge=0)
    patience: int = Field(10, ge=1)
    learning_rate: float = Field(0.01, gt=0)

    def collapsing(self) -> GateConfig:
        """The same settings without what keeps a gate from collapsing onto one part: for
        showing that it does."""
        plain = {"start": 4.0, "entropy": 0.0, "balance": 0.0, "dropout": 0.0}
        return self.model_copy(update=plain)


class Gate(Loops[list[Requests]]):
    """The trained gate. `entropies` has an entry an epoch, from 0 to 1."""

    def __init__(self, config: GateConfig, parts: Sequence[str]) -> None:
        super().__init__()
        if len(parts) < 2:
            raise UsageError(f"A gate chooses between parts; {list(parts)} has no two.")
        self.config: GateConfig = config
        self.parts = tuple(parts)
        self.first = nn.Linear(len(CONTEXT), config.hidden)
        self.last = nn.Linear(config.hidden, len(parts))
        nn.init.normal_(self.last.weight, std=config.start)
        nn.init.normal_(self.last.bias, std=config.start)
        self.scale = nn.Parameter(torch.tensor(3.0))  # log: values lie within 0 … 1
        self.entropies: list[float] = []

    def forward(self, context: Tensor) -> Tensor:
        """Weights (Q, P), each row summing to 1, of contexts (Q, F)."""
        logits = self.last(torch.tanh(self.first(context)))
        if self.training and self.config.dropout > 0:
            out = torch.rand_like(logits) < self.config.dropout
            out &= ~out.all(dim=1, keepdim=True)  # one part at least remains
            logits = logits.masked_fill(out, -torch.inf)
        return logits.softmax(dim=1)

    def losses(self, prepared: list[Requests]) -> Iterator[Tensor]:
        """One loss for each batch of requests of any window, in random order."""
        size, seen = self.config.batch, []
        steps = [
            (window, rows)
            for window in prepared
            for rows in torch.randperm(len(window.context)).split(size)
        ]
        for n in torch.randperm(len(steps)).tolist():
            window, rows = steps[n]
            context, values, relevant, held = (
                torch.from_numpy(table[rows.numpy()])
                for table in (
                    window.context,
                    window.values,
                    window.relevant,
                    window.held,
                )
            )
            weights = self(context)
            score = torch.einsum("qcp,qp->qc", values, weights) * self.scale.exp()
            spread = entropy(weights)
            seen.append(float(spread.detach().mean()))
            yield listwise(score, relevant, held > 0) + self._kept_open(weights, spread)
        self.entropies.append(float(np.mean(seen)))

    def _kept_open(self, weights: Tensor, spread: Tensor) -> Tensor:
        uneven = weights.shape[1] * weights.mean(dim=0).square().sum() - 1
        return self.config.balance * uneven - self.config.entropy * spread.mean()

    @torch.no_grad()
    def of(self, contexts: FloatArray) -> FloatArray:
        """Weights (Q, P) of contexts (Q, F), in the order of `parts`."""
        was_training = self.training
        self.eval()
        weights: FloatArray = self(torch.from_numpy(contexts)).numpy()
        self.train(was_training)
        return weights

    def weights(self, context: FloatArray) -> dict[str, float]:
        """Part -> weight for one context (F,): `recommend(user, weights=…)`."""
        found = self.of(np.asarray(context, np.float32)[None])[0]
        return dict(zip(self.parts, map(float, found), strict=True))

    def get_extra_state(self) -> Any:
        """The entropies so far: a training that goes on keeps them."""
        return list(self.entropies)

    def set_extra_state(self, state: Any) -> None:
        """Take them back; those of an earlier epoch, restored as the best, are fewer."""
        if len(state) > len(self.entropies):
            self.entropies = list(state)


def entropy(weights: Tensor) -> Tensor:
    """Of each row (Q, P): 1 where all weights are equal, 0 where one is 1, (Q,)."""
    log = weights.clamp(min=1e-12).log()
    return -(weights * log).sum(dim=1) / np.log(weights.shape[1])
