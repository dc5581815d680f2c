"""`train_gate`: on the baskets of earlier windows, chosen on a later one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from basketweave.blend.sources import Sources
from basketweave.errors import TrainingError
from basketweave.fusion.gate import Gate, GateConfig
from basketweave.fusion.next_basket import Requests
from basketweave.graph.known import Known
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.progress import SILENT, Progress
from basketweave.training.loop import run_epochs
from basketweave.training.run import Run
from basketweave.training.trained import Epoch

DISCOUNT = 1 / np.log2(np.arange(2, 12))


@dataclass(frozen=True)
class TrainedGate:
    """A trained gate, and how it went.

    curve      one entry an epoch: loss, and NDCG@10 on validation
    entropies  one entry an epoch: mean entropy of the weights, 1 all equal, 0 one part
    mean       part -> its mean weight on the validation requests (else on training's)
    largest    the mean of each of those requests' largest weight: near 1 is collapse
    """

    gate: Gate
    curve: Sequence[Epoch]
    best_epoch: int
    entropies: Sequence[float]
    mean: Mapping[str, float]
    largest: float
    seconds: float


def train_gate(
    windows: Sequence[Requests],
    config: GateConfig | None = None,
    *,
    validation: Requests | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress = SILENT,
) -> TrainedGate:
    """Train a gate on the requests of some windows, all of the same parts.

    validation   the epoch with the best NDCG@10 on it is kept
    checkpoint   a file that keeps the state after each epoch; where it exists,
                 training goes on from it, and one of another training is set aside

    Raises `TrainingError` where there is nothing to learn from, or the loss is not
    finite.
    """
    started = time.perf_counter()
    config = config or GateConfig()
    if not windows or not sum(window.relevant.any() for window in windows):
        raise TrainingError(
            "No candidate of any request was taken, so there is nothing to learn. "
            "Give a longer window, or more candidates (walked, popular)."
        )
    asked = windows[0] if validation is None else validation
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        gate = Gate(config, windows[0].parts)
        run = Run(gate, _fingerprint(config, windows, seed), checkpoint)

        def value() -> float | None:
            return None if validation is None else gate_ndcg(gate, validation)

        run_epochs(run, list(windows), value, progress)
    gate.eval()
    weights = gate.of(asked.context)
    mean = dict(zip(gate.parts, map(float, weights.mean(axis=0)), strict=True))
    return TrainedGate(
        gate,
        run.curve,
        run.best_epoch,
        gate.entropies,
        mean,
        float(weights.max(axis=1).mean()),
        time.perf_counter() - started,
    )


def gate_ndcg(gate: Gate, requests: Requests) -> float:
    """Mean NDCG@10 over the requests; taken items that are no candidates are not
    counted, so it is for choosing: reports come from `evaluate`."""
    weights = gate.of(requests.context)
    score = np.einsum("qcp,qp->qc", requests.values, weights)
    score[requests.held == 0] = -np.inf
    best = np.argsort(-score, axis=1, kind="stable")[:, :10]
    hits = np.take_along_axis(requests.relevant, best, axis=1)
    total = requests.relevant.sum(axis=1).astype(int)
    asked = total > 0
    ideal = np.cumsum(DISCOUNT)[np.minimum(total[asked], 10) - 1]
    return float((hits[asked] @ DISCOUNT[: hits.shape[1]] / ideal).mean())


@dataclass(frozen=True)
class GatedScores:
    """The blend under weights of each user's own, as a model for `evaluate`.

    weights (U, P)   by position of the user, in the order of `parts`
    """

    sources: Sources
    parts: Sequence[str]
    weights: FloatArray
    known: Known

    @classmethod
    def of(
        cls, gate: Gate, sources: Sources, contexts: FloatArray, known: Known
    ) -> GatedScores:
        """The blend with the weights that the gate gives for the contexts (U, F)."""
        return cls(sources, gate.parts, gate.of(contexts), known)

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of each user's candidates; -inf at all other items."""
        found, s = self.sources.parts(users, self.known), self.sources.settings
        values = found.values(s.power, s.scaled)
        weights = self.weights[users][found.user]
        score = sum(weights[:, n] * values[p] for n, p in enumerate(self.parts))
        out = np.full((len(users), len(self.sources.popularity)), -np.inf, np.float32)
        out[found.user, found.item] = score
        return out


def _fingerprint(config: GateConfig, windows: Sequence[Requests], seed: int) -> str:
    data = {
        "config": config.identity(),
        "parts": windows[0].parts,
        "seed": seed,
        "requests": [window.values.shape for window in windows],
        "taken": [float(window.relevant.sum()) for window in windows],
    }
    return json.dumps(data, sort_keys=True)
