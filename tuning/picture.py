"""The picture of a search: its trials in order, and which settings mattered."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from basketweave.evaluation.reports.picture import BAR, BEST, FAINT, INK

if TYPE_CHECKING:
    from basketweave.tuning.result import Tuned


def history(tuned: Tuned) -> Figure:
    """Every trial's NDCG@10 and the best so far; beside it the importances."""
    sides = 2 if tuned.importance else 1
    figure = Figure(figsize=(5.5 * sides, 3.6))
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
    axes = figure.subplots(1, sides, squeeze=False)[0]
    _trials(axes[0], tuned)
    if tuned.importance:
        _importance(axes[1], tuned)
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(colors=INK)
    return figure


def _trials(axes: Axes, tuned: Tuned) -> None:
    for state, colour in (("pruned", FAINT), ("complete", BEST)):
        found = [t for t in tuned.trials if t.state == state and t.ndcg is not None]
        mark = "x" if state == "pruned" else "o"
        numbers, values = [t.number for t in found], [t.ndcg or 0 for t in found]
        axes.scatter(numbers, values, color=colour, marker=mark, s=22, label=state)
    complete = [t for t in tuned.trials if t.state == "complete"]
    best = list(accumulate((t.ndcg or 0 for t in complete), max))
    numbers = [t.number for t in complete]
    axes.step(numbers, best, where="post", color=INK, lw=1.2, label="best so far")
    axes.set_xlabel("trial", color=INK)
    title = f"{tuned.model}: NDCG@10 on validation"
    axes.set_title(title, loc="left", color=INK, weight="bold")
    axes.legend(frameon=False, fontsize=8)


def _importance(axes: Axes, tuned: Tuned) -> None:
    order = sorted(tuned.importance, key=lambda name: tuned.importance[name])
    axes.barh(order, [tuned.importance[name] for name in order], color=BAR)
    axes.set_title("What mattered", loc="left", color=INK, weight="bold")
