"""How good a model with some settings is on a validation split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from basketweave.baselines.registry import FITTED, baseline
from basketweave.encoders.registry import configured
from basketweave.evaluation import Split, evaluate
from basketweave.graph.vectors import Vectors
from basketweave.training.loop import train
from basketweave.training.validation import ndcg

Watch = Callable[[float], None]


@dataclass(frozen=True)
class Measured:
    """The NDCG@10 on validation, and the epoch that reached it (None without epochs)."""

    ndcg: float
    epoch: int | None = None


def measure(
    model: str,
    settings: Mapping[str, Any],
    split: Split,
    watch: Watch,
    *,
    seed: int = 0,
    device: str = "auto",
) -> Measured:
    """Fit an encoder or a baseline on `split.train`, and ask it the split.

    watch   is told the NDCG@10 after each epoch, and may raise to end the training
    """
    given = {"kind": split.kind, **settings}
    if model in FITTED:
        report = evaluate({"model": baseline(model, **given)}, split, [10], fit=True)
        return Measured(report.value("model"))
    reached: list[float] = []

    def value(vectors: Vectors) -> float:
        reached.append(ndcg(split, vectors, len(split)))
        if len(reached) > 1:  # the first is of the untrained model
            watch(reached[-1])
        return reached[-1]

    config = configured(model, **given)
    trained = train(split.train, config, validation=value, seed=seed, device=device)
    if not reached:
        return Measured(value(trained.vectors))
    return Measured(max(reached), trained.best_epoch)
