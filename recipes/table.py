"""The figures of one experiment over all its seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from basketweave.evaluation import Report


@dataclass(frozen=True)
class Line:
    """One model's figures.

    values      metric -> a value for each seed, without metrics that cannot be had
    low, high   the interval of the first metric for the first seed
    """

    values: Mapping[str, Sequence[float]]
    low: float | None = None
    high: float | None = None

    def mean(self, metric: str) -> float:
        """The mean over the seeds; NaN where the model lacks the metric."""
        values = self.values.get(metric)
        return float(np.mean(values)) if values else float("nan")

    def spread(self, metric: str) -> float:
        """The standard deviation over the seeds; 0 for fewer than two seeds."""
        values = self.values.get(metric, ())
        return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


@dataclass(frozen=True)
class Table:
    """The models of one experiment, the best first by the first metric.

    facts      sentences about the data and the split
    chosen     label -> what was chosen on validation
    told       sentences about what the figures say
    lower      whether lower values of the first metric are better
    pictures   files beside the report, drawn by the experiment itself
    """

    metrics: Sequence[str]
    lines: Mapping[str, Line]
    facts: Sequence[str] = ()
    chosen: Mapping[str, Any] = field(default_factory=dict)
    told: Sequence[str] = ()
    lower: bool = False
    pictures: Sequence[str] = field(default_factory=list)

    def ordered(self) -> list[str]:
        """The labels, best first by the first metric that each model has."""
        sign = 1 if self.lower else -1

        def place(label: str) -> tuple[int, float]:
            values = self.lines[label].values
            first = next(n for n, m in enumerate(self.metrics) if m in values)
            return first, sign * self.lines[label].mean(self.metrics[first])

        return sorted(self.lines, key=place)

    def to_dict(self) -> dict[str, Any]:
        """The table as plain data, for report.json."""
        return {
            "facts": list(self.facts),
            "models": {
                label: {
                    metric: {
                        "mean": line.mean(metric),
                        "sd": line.spread(metric),
                        "seeds": list(line.values[metric]),
                    }
                    for metric in line.values
                }
                | {"interval": [line.low, line.high]}
                for label, line in self.lines.items()
            },
            "chosen": self.chosen,
            "told": list(self.told),
            "metrics": list(self.metrics),
            "lower": self.lower,
            "pictures": list(self.pictures),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Table:
        """The table that `to_dict` gave this data for."""
        lines = {
            label: Line(
                {m: found[m]["seeds"] for m in found if m != "interval"},
                *found["interval"],
            )
            for label, found in content["models"].items()
        }
        return cls(
            content["metrics"],
            lines,
            content["facts"],
            content["chosen"],
            content["told"],
            content["lower"],
            content["pictures"],
        )


def table(
    metrics: Sequence[str],
    reports: Sequence[Report],
    chosen: Mapping[str, Any],
    also: Sequence[Report] = (),
) -> Table:
    """The table of reports that differ in their seed; baselines are in the first.

    also   the reports for another `known`, which become further columns
    """
    first, columns = reports[0], {metric: (metric, reports) for metric in metrics}
    if also:
        columns |= {f"{m}, {also[0].split.known}": (m, also) for m in metrics}
    lines = {}
    for label in dict.fromkeys(chain(first.results, *(r.results for r in also[:1]))):
        values = {
            column: [r.value(label, metric) for r in each if label in r.results]
            for column, (metric, each) in columns.items()
        }
        line = Line({column: found for column, found in values.items() if found})
        if label in first.results:
            bounds = first.interval(label, metrics[0])
            line = replace(line, low=bounds.low, high=bounds.high)
        lines[label] = line
    told, facts = _told(metrics[0], first, lines, chosen), _facts(first)
    if also:
        told += _told([*columns][len(metrics)], also[0], lines, chosen)
        facts += _facts(also[0])[1:]
    return Table(list(columns), lines, facts, chosen, told)


def _facts(report: Report) -> list[str]:
    split = report.split
    users, items = split.train.shape
    events = len(split.train.events[split.kind])
    learned = f"{users:,} users, {items:,} items and {events:,} {split.kind} events"
    asked = f"{len(split):,} rows to rank, {split.truth.nnz:,} items to find"
    read = len(split.past.events[split.kind])
    later = f" Questions read {read:,} events: nothing is learnt from the later ones."
    return [
        f"Learned from: {learned}." + later * (split.history is not None),
        f"Asked ({split.name}): {asked} among {int(split.offered.sum()):,}; "
        + f"known = {split.known}.",
    ]


def _told(
    column: str, report: Report, lines: Mapping[str, Line], chosen: Mapping[str, Any]
) -> list[str]:
    """Which model is best, and whether each fusion beats the models it is made of."""

    def reached(label: str) -> float:
        return lines[label].mean(column)

    best = max(report.results, key=reached)
    told = [f"Best: {best}, {column} {reached(best):.4f}."]
    for label, others in _fusions(report.results, chosen).items():
        best = max(others, key=reached)
        gain = report.difference(label, best, column.partition(",")[0])
        verdict = "beats" if gain.low > 0 else "does not clearly beat"
        name = "The blend" if label == "blend" else f"'{label}'"
        other = best if best == "blend" else f"its best part alone ({best})"
        told.append(
            f"{name} {verdict} {other}: {gain.mean:+.4f} "
            f"({gain.low:+.4f} to {gain.high:+.4f})."
        )
    return told


def _fusions(
    labels: Collection[str], chosen: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Label of each fusion -> the labels of the models it is made of."""
    found = {}
    for label in labels:
        made = chosen.get(label, {})
        if label == "blend":
            found[label] = [other for other in labels if other.startswith("part: ")]
        elif "power" in made:  # another blend
            found[label] = ["blend"]
        else:
            found[label] = [p for p in made.get("weights", ()) if p in labels]
    return {label: parts for label, parts in found.items() if parts}
