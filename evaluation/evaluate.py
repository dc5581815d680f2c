"""`evaluate`: all models under one protocol, from full rankings."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.errors import UsageError
from basketweave.evaluation.known import Known
from basketweave.evaluation.metrics import METRICS
from basketweave.evaluation.protocol import Fits, HistoryScores, Scores
from basketweave.evaluation.ranking import tied_ranks
from basketweave.evaluation.split import Split
from basketweave.graph.subgraph import FloatArray
from basketweave.progress import SILENT, Advance, Progress


@dataclass(frozen=True)
class Result:
    """One model's figures: `values` metric -> (Q, K), a row a user, a column a k."""

    values: Mapping[str, FloatArray]
    fit_seconds: float
    score_seconds: float


@dataclass(frozen=True)
class Report:
    """All models' figures on one split; `split` holds the users that count."""

    split: Split
    ks: tuple[int, ...]
    results: Mapping[str, Result]

    def value(self, model: str, metric: str = "NDCG@10") -> float:
        """The mean over users of a metric such as `Recall@20`."""
        return float(self.users(model, metric).mean(dtype=np.float64))

    def users(self, model: str, metric: str = "NDCG@10") -> FloatArray:
        """The metric of each user (Q,), in the order of `split.users`."""
        name, _, k = metric.partition("@")
        if name not in METRICS or k not in map(str, self.ks):
            raise UsageError(
                f"'{metric}' was not measured. Use one of {', '.join(METRICS)} "
                f"at {', '.join(map(str, self.ks))}, such as NDCG@{self.ks[0]}."
            )
        return self.results[model].values[name][:, self.ks.index(int(k))]


def evaluate(
    models: Mapping[str, Scores | HistoryScores],
    split: Split,
    ks: Sequence[int] = (5, 10, 20),
    *,
    known: Known | None = None,
    fit: bool = False,
    progress: Progress = SILENT,
) -> Report:
    """Rank every offered item for every user of `split`, with each model.

    known   which items count (default: the split's own rule)
    fit     fit each model on `split.train` first; else they must be fitted

    Ties count at their expected gain, so a model gains nothing by the order in
    which it lists items it cannot tell apart.
    """
    if not ks or min(ks) < 1:
        raise UsageError(f"Each k must be 1 or more; these are not: {tuple(ks)}.")
    asked = split.under(known)
    results = {}
    with progress.task("Evaluating", total=len(models) * len(asked)) as advance:
        for name, model in models.items():
            started = time.perf_counter()
            if fit and isinstance(model, Fits):
                model.fit(split.train)
            fitted = time.perf_counter()
            values = _values(model, asked, ks, advance)
            scored = time.perf_counter() - fitted
            results[name] = Result(values, fitted - started, scored)
    return Report(asked, tuple(ks), results)


def _values(
    model: Scores | HistoryScores, split: Split, ks: Sequence[int], advance: Advance
) -> dict[str, FloatArray]:
    parts = []
    for rows in split.blocks():
        relevant = split.truth[rows]
        ranks = tied_ranks(split.scores(model, rows), relevant, max(ks))
        parts.append(
            {
                name: np.stack([metric(ranks, k) for k in ks], axis=1)
                for name, metric in METRICS.items()
            }
        )
        advance(relevant.shape[0])
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}
