"""A picture of a table: a bar a model, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from basketweave.evaluation.reports.report import Report

BAR, BEST, INK, FAINT = "#b7c4cf", "#5a9cbc", "#22313a", "#7a8a94"
MEANING = {
    "any": "all items count",
    "new": "only items a user did not have before",
    "again": "only items a user had before",
}


@dataclass(frozen=True)
class Bar:
    """One model's figure, and the ends of its interval where there is one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def reach(self) -> float:
        """The rightmost value that the bar or its interval reaches."""
        return max(self.value, self.high or 0)


def bars(report: Report, metric: str | None = None) -> Figure:
    """Horizontal bars of one metric, best on top, whiskers its 95 % interval."""
    metric, split = metric or report.main, report.split
    found = {model: report.interval(model, metric) for model in report.results}
    shown = [Bar(model, i.mean, i.low, i.high) for model, i in found.items()]
    subtitle = f"{MEANING[split.known]}; {len(split):,} users; lines: 95 % interval"
    best_first = sorted(shown, key=lambda bar: -bar.value)
    return chart(best_first, f"{metric}, {split.name}", subtitle)


def chart(best_first: Sequence[Bar], title: str, subtitle: str) -> Figure:
    """Horizontal bars from top to bottom; lines span the intervals."""
    figure = Figure(figsize=(7.5, 1.3 + 0.36 * len(best_first)))
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
    axes = figure.add_subplot()
    for at, bar in enumerate(reversed(best_first)):
        _draw(axes, bar, at, BEST if bar is best_first[0] else BAR)
    labels = [bar.label for bar in reversed(best_first)]
    axes.set_yticks(range(len(labels)), labels, color=INK)
    axes.set_xlim(0, 1.18 * max((bar.reach for bar in best_first), default=0) or 1)
    _quiet(axes)
    axes.set_title(title, loc="left", color=INK, weight="bold", pad=22)
    axes.text(0, 1.03, subtitle, transform=axes.transAxes, color=FAINT, fontsize=8.5)
    return figure


def _draw(axes: Axes, bar: Bar, at: int, colour: str) -> None:
    axes.barh(at, bar.value, height=0.62, color=colour)
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [at, at], color=INK, lw=1.2)
    axes.annotate(
        f"{bar.value:.4f}",
        (bar.reach, at),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        fontsize=9,
    )


def _quiet(axes: Axes) -> None:
    """No frame and no ticks: the values stand at the bars."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
