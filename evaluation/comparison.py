"""`evaluate`: all models under one protocol, from full rankings."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from basketweave.errors import UsageError
from basketweave.evaluation.metrics import METRICS
from basketweave.evaluation.protocol import Fits, HistoryScores, Scores
from basketweave.evaluation.ranking import TiedRanks, highest, tied_ranks
from basketweave.evaluation.reports.beyond import Exposure
from basketweave.evaluation.reports.report import Report, Result
from basketweave.evaluation.splits import Known, Split
from basketweave.graph.subgraph import FloatArray
from basketweave.progress import SILENT, Advance, Progress

Model = Scores | HistoryScores


def evaluate(
    models: Mapping[str, Model],
    split: Split,
    ks: Sequence[int] = (5, 10, 20),
    *,
    known: Known | None = None,
    fit: bool = False,
    listed: int = 10,
    progress: Progress = SILENT,
) -> Report:
    """Rank every offered item for every user of `split`, with each model.

    known    which items count (default: the split's own rule)
    fit      fit each model on `split.train` first; else they must be fitted
    listed   the length of the lists that coverage and novelty speak of

    Ties count at their expected gain, so a model gains nothing by the order in
    which it lists items that it cannot tell apart.
    """
    if not ks or min(*ks, listed) < 1:
        raise UsageError(f"Each k must be 1 or more; got {tuple(ks)} and {listed}.")
    asked, ks = split.under(known), tuple(sorted(set(ks)))
    results = {}
    for name, model in models.items():
        with progress.task(f"Evaluating {name}", total=len(asked)) as advance:
            seconds = _fit(model, split) if fit else 0.0
            results[name] = _measure(model, asked, ks, listed, seconds, advance)
    return Report(asked, ks, results)


def _fit(model: Model, split: Split) -> float:
    started = time.perf_counter()
    if isinstance(model, Fits):
        split.fitted(model)
    return time.perf_counter() - started


def _measure(
    model: Model,
    split: Split,
    ks: Sequence[int],
    listed: int,
    fit_seconds: float,
    advance: Advance,
) -> Result:
    started = time.perf_counter()
    exposure = Exposure(split.train.shape[1], split.n_users, listed)
    values, found = [], []
    for rows in split.blocks():
        scores, relevant = split.scores(model, rows), split.truth[rows]
        top = highest(scores, max(*ks, listed))
        ranks = tied_ranks(scores, relevant, top)
        exposure.add(scores, top[:, min(listed, top.shape[1]) - 1])
        values.append(_values(ranks, ks))
        found.append(ranks.chances(listed))
        advance(relevant.shape[0])
    return Result(
        {name: np.concatenate([part[name] for part in values]) for name in METRICS},
        np.concatenate(found),
        exposure.beyond(split.support, split.offered),
        fit_seconds,
        time.perf_counter() - started,
    )


def _values(ranks: TiedRanks, ks: Sequence[int]) -> dict[str, FloatArray]:
    """Each metric (B, K) of one block of rows."""
    return {
        name: np.stack([metric(ranks, k) for k in ks], axis=1)
        for name, metric in METRICS.items()
    }
