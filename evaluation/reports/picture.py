"""The report's picture: a bar a model, with its interval."""

from __future__ import annotations

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


def bars(report: Report, metric: str | None = None) -> Figure:
    """Horizontal bars of one metric, best on top, whiskers its 95 % interval."""
    metric = metric or report.main
    order = sorted(report.results, key=lambda model: report.value(model, metric))
    figure = Figure(figsize=(7.5, 1.3 + 0.36 * len(order)))
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
    axes = figure.add_subplot()
    widest = max(
        _bar(axes, report, model, metric, at) for at, model in enumerate(order)
    )
    axes.patches[-1].set_facecolor(BEST)
    axes.set_yticks(range(len(order)), order, color=INK)
    axes.set_xlim(0, 1.18 * widest or 1)
    _quiet(axes)
    split = report.split
    axes.set_title(
        f"{metric}, {split.name}", loc="left", color=INK, weight="bold", pad=22
    )
    told = f"{MEANING[split.known]}; {len(split):,} users; lines: 95 % interval"
    axes.text(0, 1.03, told, transform=axes.transAxes, color=FAINT, fontsize=8.5)
    return figure


def _bar(axes: Axes, report: Report, model: str, metric: str, at: int) -> float:
    """Draw one model's bar; gives how far right it reaches."""
    found = report.interval(model, metric)
    axes.barh(at, found.mean, height=0.62, color=BAR)
    axes.plot([found.low, found.high], [at, at], color=INK, lw=1.2)
    axes.annotate(
        f"{found.mean:.4f}",
        (found.high, at),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=INK,
        fontsize=9,
    )
    return found.high


def _quiet(axes: Axes) -> None:
    """No frame and no ticks: the values stand at the bars."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
