"""`Mixture`: several models' probabilities of the next item in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from basketweave.errors import UsageError
from basketweave.evaluation import HistoryScores, Split
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.sequence.repeats import NONE, Own, Repeats

STEPS = 200
LEAST = 1e-9
"""The probability of what a model rules out: none may make a target impossible."""


@runtime_checkable
class Probabilities(Protocol):
    """A model that says how likely every item is to come next."""

    def probabilities(self, histories: Sequence[IntArray]) -> FloatArray:
        """The probability (B, I) of each item to come next; each row sums to 1."""
        ...


@dataclass(frozen=True)
class Mixture:
    """Σ weight * p over models, p a model's probability of an item to come next.

    A sum in units of each model's spread, as `WeightedSum` has it, lets one that
    scores few items rule: all but those have no score, so the few stand a hundred
    spreads out. Probabilities have one scale. Of a model that gives none, an item's
    share of the sum of its scores.

    repeats   multiplies what the history itself holds by e^bonus; None: it does not
    """

    models: Mapping[str, HistoryScores]
    weights: Mapping[str, float]
    repeats: Repeats | None = None

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """In the order of the probabilities (B, I) after each history."""
        total: FloatArray | None = None
        for label, weight in self.weights.items():
            if weight > 0:
                part = np.float32(weight) * shares(self.models[label], histories)
                total = part if total is None else total + part
        assert total is not None, "the weights sum to 1"
        if self.repeats is None:
            return total
        bonus = self.repeats.of(histories, total.shape[1]).exp_()
        out: FloatArray = total * bonus.numpy()
        return out


def shares(model: HistoryScores, histories: Sequence[IntArray]) -> FloatArray:
    """A model's probabilities (B, I), or what each item has of its scores' sum."""
    if isinstance(model, Probabilities):
        return model.probabilities(histories)
    scores = np.maximum(model.score_histories(histories), 0)
    out: FloatArray = scores / np.maximum(scores.sum(axis=1, keepdims=True), LEAST)
    return out


def learn_mixture(
    models: Mapping[str, HistoryScores], split: Split, *, repeats: int = 0
) -> Mixture:
    """The weights under which what came next on `split` is most likely.

    Interpolation as of n-grams by Jelinek & Mercer (1980), "Interpolated estimation
    of Markov source parameters from sparse data", here by L-BFGS, since a bonus for
    the `repeats` latest items of each history is learnt along with it.

    `split` asks of histories; the models were not fitted on it. Raises `UsageError`
    for another.
    """
    split = split.under()
    if split.prefixes is None:
        raise UsageError("A mixture is learnt on sessions: each a history and an item.")
    own = Own.before(split.prefixes, repeats)
    next_, again = _likely(models, split, own)
    hit = own.item == torch.from_numpy(split.truth.indices.astype(np.int64))[:, None]
    logits, bonus = torch.zeros(len(models), requires_grad=True), Repeats(repeats)
    parameters = [logits, *bonus.parameters()]
    search = torch.optim.LBFGS(
        parameters, max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def surprise() -> float:
        search.zero_grad()
        weights, gain = logits.softmax(dim=0), bonus(own)
        mixed = (weights[:, None, None] * again).sum(dim=0)
        # Only a history's own items gain: the sum over all is 1 and what these gain.
        total = 1 + (mixed * gain.expm1()).sum(dim=1)
        likely = (weights[:, None] * next_).sum(dim=0).log() + (hit * gain).sum(dim=1)
        loss = (total.log() - likely).mean()
        loss.backward()
        return float(loss.detach())

    search.step(surprise)
    found = logits.detach().softmax(dim=0).numpy().round(3).tolist()
    weights = dict(zip(models, found, strict=True))
    return Mixture(models, weights, bonus if repeats else None)


def _likely(
    models: Mapping[str, HistoryScores], split: Split, own: Own
) -> tuple[Tensor, Tensor]:
    """Each model's probabilities of what came (M, Q), and of own items (M, Q, n)."""
    assert split.prefixes is not None
    item, members = split.truth.indices, own.item.clamp(min=0).numpy()
    next_ = np.full((len(models), len(item)), LEAST, np.float32)
    again = np.zeros((len(models), *members.shape), np.float32)
    for block in split.blocks():
        for n, model in enumerate(models.values()):
            found = shares(model, split.prefixes[block])
            rows = np.arange(len(found))
            next_[n, block] += found[rows, item[block]]
            again[n, block] = found[rows[:, None], members[block]]
    again *= (own.item != NONE).numpy()
    return torch.from_numpy(next_), torch.from_numpy(again)
