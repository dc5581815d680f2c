"""The figures of one experiment over all its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from basketweave.evaluation import Report


@dataclass(frozen=True)
class Line:
    """One model's figures: metric -> a value for each seed, and the first's interval."""

    values: Mapping[str, Sequence[float]]
    low: float | None = None
    high: float | None = None

    def mean(self, metric: str) -> float:
        """The mean over the seeds."""
        return float(np.mean(self.values[metric]))

    def spread(self, metric: str) -> float:
        """The standard deviation over the seeds; 0 for one seed."""
        values = self.values[metric]
        return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


@dataclass(frozen=True)
class Table:
    """The models of one experiment, the best first by the first metric.

    facts    of the data and the split, a line each
    chosen   what was chosen on validation
    told     sentences on what the figures say
    pictures files beside the report, drawn by the experiment itself
    lower    whether the first metric is the better the lower
    """

    metrics: Sequence[str]
    lines: Mapping[str, Line]
    facts: Sequence[str] = ()
    chosen: Mapping[str, Any] = field(default_factory=dict)
    told: Sequence[str] = ()
    lower: bool = False
    pictures: Sequence[str] = field(default_factory=list)

    def ordered(self) -> list[str]:
        """The labels, best first."""
        main = self.metrics[0]
        return sorted(
            self.lines, key=lambda n: self.lines[n].mean(main), reverse=not self.lower
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for report.json."""
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
        """Back from `to_dict`."""
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
    metrics: Sequence[str], reports: Sequence[Report], chosen: Mapping[str, Any]
) -> Table:
    """The figures of reports that differ in their seed; baselines are in the first."""
    first = reports[0]
    lines = {}
    for label in first.results:
        held = [report for report in reports if label in report.results]
        values = {m: [report.value(label, m) for report in held] for m in metrics}
        bounds = first.interval(label, metrics[0])
        lines[label] = Line(values, bounds.low, bounds.high)
    return Table(
        metrics, lines, _facts(first), chosen, _told(metrics[0], first, lines, chosen)
    )


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
    metric: str, report: Report, lines: Mapping[str, Line], chosen: Mapping[str, Any]
) -> list[str]:
    """Which is best, and whether what is fused beats its best part."""
    order = sorted(lines, key=lambda label: -lines[label].mean(metric))
    told = [f"Best: {order[0]}, {metric} {lines[order[0]].mean(metric):.4f}."]
    for label, parts in _fusions(lines, chosen).items():
        best = max(parts, key=lambda part: lines[part].mean(metric))
        gain = report.difference(label, best, metric)
        verdict = "beats" if gain.low > 0 else "does not clearly beat"
        name = "The blend" if label == "blend" else f"'{label}'"
        told.append(
            f"{name} {verdict} its best part alone ({best}): {gain.mean:+.4f} "
            f"({gain.low:+.4f} to {gain.high:+.4f})."
        )
    return told


def _fusions(
    lines: Mapping[str, Line], chosen: Mapping[str, Any]
) -> dict[str, list[str]]:
    """What is put together from other lines of the table, and from which."""
    found = {
        label: [
            part for part in chosen.get(label, {}).get("weights", ()) if part in lines
        ]
        for label in lines
    }
    if "blend" in lines:
        found["blend"] = [label for label in lines if label.startswith("part: ")]
    return {label: parts for label, parts in found.items() if parts}
