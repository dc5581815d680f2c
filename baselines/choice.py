"""`choose`: a baseline's settings, by validation alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from basketweave.baselines.base import Config
from basketweave.errors import UsageError
from basketweave.evaluation.comparison import evaluate
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.progress import SILENT, Progress

C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class ChosenConfig(Generic[C]):
    """The best config, and each one tried with what it reached, in the order given."""

    config: C
    tried: Sequence[tuple[C, float]]


def choose(
    configs: Sequence[C],
    validation: Split,
    metric: str = "NDCG@10",
    *,
    known: Known | None = None,
    progress: Progress = SILENT,
) -> ChosenConfig[C]:
    """The config whose model does best on a validation split, the first of equals.

    The test split has no place here. Fit the chosen config again on the test
    split's `train`, which holds the validation window too.
    """
    if not configs:
        raise UsageError("`choose` needs at least one config to choose from.")
    k = int(metric.partition("@")[2] or 10)
    tried = []
    with progress.task("Choosing", total=len(configs)) as advance:
        for config in configs:
            models = {"model": config.build()}
            report = evaluate(models, validation, [k], known=known, fit=True)
            tried.append((config, report.value("model", metric)))
            advance(1)
    return ChosenConfig(max(tried, key=lambda one: one[1])[0], tried)
