"""An experiment as a picture: what each group takes, and the difference, day by day."""

from __future__ import annotations

from matplotlib.figure import Figure

from basketweave.experiments.report import ExperimentReport

A, B, INK = "#7a8a94", "#5a9cbc", "#22313a"


def drawn(report: ExperimentReport) -> Figure:
    """The rates of both groups above, the difference with its interval below.

    Each day's point is of all that was shown up to it.
    """
    figure = Figure(figsize=(7.5, 5))
    figure.set_layout_engine("constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    days = [day for day, _ in report.days]
    found = [one for _, one in report.days]
    for group, colour in (("a", A), ("b", B)):
        rates = [getattr(one, group).rate for one in found]
        label = f"{group}: {getattr(report.experiment, group)}"
        above.plot(days, rates, "o-", color=colour, label=label)
    above.set_title(
        f"{report.experiment.name}: {report.sentence()}", loc="left", wrap=True
    )
    above.set_ylabel("taken of shown")
    above.legend(frameon=False)
    below.axhline(0, color=A, linewidth=1)
    below.plot(days, [one.difference for one in found], "o-", color=INK)
    below.fill_between(
        days,
        [one.low for one in found],
        [one.high for one in found],
        color=B,
        alpha=0.25,
        linewidth=0,
    )
    below.set_ylabel(f"b less a, {report.whole.level:.0%}")
    below.tick_params(axis="x", rotation=45)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
