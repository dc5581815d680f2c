"""`Report`: every model's figures on one split, user by user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from rich.table import Table as RichTable

from basketweave.errors import UsageError
from basketweave.evaluation.metrics import METRICS
from basketweave.evaluation.reports.beyond import Beyond
from basketweave.evaluation.reports.bootstrap import Interval, interval
from basketweave.evaluation.reports.save import as_json, printed, save
from basketweave.evaluation.reports.segments import by_count
from basketweave.evaluation.splits.split import Split
from basketweave.graph.subgraph import FloatArray


@dataclass(frozen=True)
class Result:
    """One model's figures.

    values   metric -> (Q, K): a row a user, a column a k
    found    (P,) for each item to find, in the order of `split.truth`: the
             probability that it is among the `beyond.k` best
    """

    values: Mapping[str, FloatArray] = field(repr=False)
    found: FloatArray = field(repr=False)
    beyond: Beyond
    fit_seconds: float
    score_seconds: float


@dataclass(frozen=True)
class Report:
    """All models' figures on one split; `split` holds the users that count."""

    split: Split
    ks: tuple[int, ...]
    results: Mapping[str, Result]

    @property
    def main(self) -> str:
        """The metric that models are compared by: NDCG@10 where it was measured."""
        return f"NDCG@{10 if 10 in self.ks else self.ks[0]}"

    @property
    def metrics(self) -> list[str]:
        """The names of all measured metrics, such as `NDCG@10`."""
        return [f"{name}@{k}" for k in self.ks for name in METRICS]

    def value(self, model: str, metric: str | None = None) -> float:
        """The mean over users of a metric such as `Recall@20`."""
        return float(self.users(model, metric).mean(dtype=float))

    def users(self, model: str, metric: str | None = None) -> FloatArray:
        """The metric of each user (Q,), in the order of `split.users`."""
        name, _, k = (metric or self.main).partition("@")
        if name not in METRICS or k not in map(str, self.ks):
            raise UsageError(
                f"'{metric}' was not measured. Use one of {', '.join(METRICS)} "
                f"at {', '.join(map(str, self.ks))}, such as {self.main}."
            )
        return self.results[model].values[name][:, self.ks.index(int(k))]

    def interval(self, model: str, metric: str | None = None) -> Interval:
        """The metric's mean and its 95 % bootstrap interval over users."""
        return interval(self.users(model, metric))

    def difference(self, a: str, b: str, metric: str | None = None) -> Interval:
        """How much better `a` is than `b`, paired by user; `clear` if it is at all."""
        return interval(self.users(a, metric) - self.users(b, metric))

    def by_activity(self, metric: str | None = None) -> pl.DataFrame:
        """The metric by how many events users had in train, a column a model."""
        each = {model: self.users(model, metric) for model in self.results}
        return by_count(self.split.activity, each)

    def by_support(self) -> pl.DataFrame:
        """Share of the items found among the best, by how many users had them."""
        users = self.split.support[self.split.truth.indices]
        return by_count(users, {m: result.found for m, result in self.results.items()})

    def table(self, metrics: Sequence[str] | None = None) -> pl.DataFrame:
        """A row a model, best first: `metrics`, the main one's bounds, and the rest."""
        rows = [self._row(model, metrics or self.metrics) for model in self.results]
        order = pl.Series([-self.value(model) for model in self.results]).arg_sort()
        return pl.DataFrame(rows)[order]

    def to_json(self) -> str:
        """All figures as JSON text; numbers only, nothing of any one user."""
        return as_json(self)

    def save(self, folder: Path | str) -> Path:
        """Write report.json, report.png and users.parquet into a folder, and return it."""
        return save(self, Path(folder))

    def __rich__(self) -> RichTable:
        return printed(self)

    def _row(self, model: str, metrics: Sequence[str]) -> dict[str, str | float]:
        result, bounds = self.results[model], self.interval(model)
        return {
            "model": model,
            **{metric: self.value(model, metric) for metric in metrics},
            "low": bounds.low,
            "high": bounds.high,
            "coverage": result.beyond.coverage,
            "novelty": result.beyond.novelty,
            "popular_share": result.beyond.popular_share,
            "fit_seconds": result.fit_seconds,
            "score_seconds": result.score_seconds,
        }
