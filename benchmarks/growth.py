"""How the cost of each step grows with the events, and what 1,000 million would cost.

    python benchmarks/growth.py [--events 1e9]

Reads docs/scale.csv, which the benchmarks write with --csv, and draws docs/scale.png: a
line a step, with the exponent between its first and its last size. Then prints a table:
each step's last measured size, and what it comes to with so many events, where what it
costs goes on growing with that exponent, or with the events where that is less: a small
exponent tells of a start that costs much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import typer
from matplotlib.figure import Figure

DOCS = Path(__file__).parent.parent / "docs"
COLOURS = (
    *("#5a9cbc", "#d08a5b", "#6f9a5f", "#8a6fae", "#22313a", "#c05a6a", "#9a8a4f"),
    *("#3f7f78", "#7a8a94", "#b58ac0", "#5a6fbc", "#b0703a", "#a0b030", "#c090a0"),
)
INK, FAINT = "#22313a", "#7a8a94"


@dataclass(frozen=True)
class Line:
    """A step at several sizes: events, seconds of processor time, GB at its peak."""

    step: str
    events: list[int]
    seconds: list[float]
    gigabytes: list[float | None]

    @property
    def exponent(self) -> float:
        """The slope from the first to the last size, both axes logarithmic."""
        seconds = math.log(self.seconds[-1] / self.seconds[0])
        return seconds / math.log(self.events[-1] / self.events[0])

    def at(self, events: float) -> float:
        """Seconds with so many events, if it goes on in this way."""
        grown = events / self.events[-1]
        return float(self.seconds[-1] * grown ** max(self.exponent, 1))


def main(events: float = 1e9, table: Path = DOCS / "scale.csv") -> None:
    """Draw the table, and tell what so many events would cost."""
    found = lines(pl.read_csv(table))
    drawn(found).savefig(DOCS / "scale.png", dpi=110)
    print(f"| step | measured with | took | exponent | {events / 1e6:,.0f} M |")
    print("| --- | --- | --- | --- | --- |")
    for one in found:
        print(
            f"| {one.step} | {one.events[-1] / 1e6:,.0f} M | {one.seconds[-1]:,.0f} s "
            f"| {one.exponent:.2f} | {one.at(events) / 3600:.1f} h |"
        )


def lines(table: pl.DataFrame) -> list[Line]:
    """A line for each step, of events in baskets, that was measured at two sizes."""
    some = table.filter(pl.col("basket") > 1).sort("events", maintain_order=True)
    found = [
        Line(
            str(step), *(rows[c].to_list() for c in ("events", "seconds", "gigabytes"))
        )
        for (step,), rows in some.group_by("step", maintain_order=True)
    ]
    return [one for one in found if len(one.events) > 1]


def drawn(found: list[Line]) -> Figure:
    """The lines; what each says stands beside its end."""
    figure = Figure(figsize=(9, 5.4))
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    axes = figure.add_subplot()
    for colour, one in zip(COLOURS, found, strict=False):
        label = f"{one.step}, {one.exponent:.2f}"
        axes.loglog(one.events, one.seconds, "o-", color=colour, label=label, ms=4)
    axes.set_xlabel("events", color=FAINT)
    axes.set_ylabel("seconds of processor time", color=FAINT)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=8, loc="outside right upper")
    figure.suptitle("What a step costs, and the exponent", color=INK, weight="bold")
    return figure


if __name__ == "__main__":
    typer.run(main)
