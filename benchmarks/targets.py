"""The figures we set out to beat, as one picture: `python benchmarks/targets.py`.

Reads docs/targets.csv, whose figures stand with their commands in docs/benchmarks.md,
and draws docs/targets.png: ours over the figure to beat, or its inverse where less is
better, so that right of the line is past it. Ours were learnt from what the other was;
where what is served learns from more, that stands beside it as a ring.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from matplotlib.figure import Figure

DOCS = Path(__file__).parent.parent / "docs"
PAST, SHORT, INK, FAINT = "#5a9cbc", "#d08a5b", "#22313a", "#7a8a94"


def main() -> None:
    table = pl.read_csv(DOCS / "targets.csv")
    drawn(table).savefig(DOCS / "targets.png", dpi=130)


def drawn(table: pl.DataFrame) -> Figure:
    """A row a figure, in the order of the table."""
    figure = Figure(figsize=(9, 1.2 + 0.36 * len(table)))
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    axes = figure.add_subplot()
    axes.axvline(1, color=INK, lw=1)
    for at, row in enumerate(table.iter_rows(named=True)):
        ours, wanted = row["ours"], row["to_beat"]
        ratio = wanted / ours if row["lower"] else ours / wanted
        colour = PAST if ratio >= 1 else SHORT
        axes.plot([1, ratio], [at, at], color=colour, lw=3, solid_capstyle="round")
        axes.plot([ratio], [at], "o", color=colour, ms=7)
        told, end = f"{ours:.4f} for {wanted:.4f}", max(ratio, 1)
        if row["served"] is not None:
            end = max(end, row["served"] / wanted)
            axes.plot([row["served"] / wanted], [at], "o", color=FAINT, ms=7, mfc="w")
            told += f", served {row['served']:.4f}"
        axes.annotate(
            told,
            (end, at),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    names = [f"{row['data']}, {row['metric']}" for row in table.iter_rows(named=True)]
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.22)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(
        "ours over the figure to beat (its inverse for RMSE), each learnt from the same; "
        "ring: as served",
        color=FAINT,
    )
    title = "Against the figures to beat, full ranking"
    axes.set_title(title, loc="left", color=INK, weight="bold")
    return figure


if __name__ == "__main__":
    main()
