"""How the cost of each step grows with the events: `python benchmarks/growth.py`.

Reads docs/scale.csv, which `benchmarks/sharded.py --csv` writes, and draws
docs/scale.png: a line a step, with the exponent between its first and its last size.
"""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl
from matplotlib.figure import Figure

DOCS = Path(__file__).parent.parent / "docs"
COLOURS = ("#5a9cbc", "#d08a5b", "#6f9a5f", "#8a6fae", "#22313a")
INK, FAINT = "#22313a", "#7a8a94"


def main() -> None:
    """Draw the table."""
    table = pl.read_csv(DOCS / "scale.csv")
    drawn(table).savefig(DOCS / "scale.png", dpi=130)


def drawn(table: pl.DataFrame) -> Figure:
    """One field for each size of basket."""
    figure = Figure(figsize=(10, 4.6))
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    baskets = table["basket"].unique().sort().to_list()
    fields = figure.subplots(1, len(baskets), sharey=True, squeeze=False)[0]
    for axes, basket in zip(fields, baskets, strict=True):
        some = table.filter(pl.col("basket") == basket)
        steps = some["step"].unique(maintain_order=True)
        for colour, step in zip(COLOURS, steps, strict=False):
            one = some.filter(pl.col("step") == step).sort("events")
            events, seconds = one["events"].to_list(), one["seconds"].to_list()
            label = f"{step}, {exponent(events, seconds):.2f}"
            axes.loglog(events, seconds, "o-", color=colour, label=label, ms=4)
        axes.set_title(f"{basket:g} events a visit", loc="left", color=INK, fontsize=10)
        axes.set_xlabel("events", color=FAINT)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
    fields[0].set_ylabel("seconds of processor time", color=FAINT)
    figure.suptitle("What a step costs, and the exponent", color=INK, weight="bold")
    return figure


def exponent(events: list[int], seconds: list[float]) -> float:
    """The slope from the first to the last point, both axes logarithmic."""
    return math.log(seconds[-1] / seconds[0]) / math.log(events[-1] / events[0])


if __name__ == "__main__":
    main()
