"""`basketweave run`: a published system, rebuilt and reported on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from basketweave.cli.console import Bars, out, say, show_json, show_table
from basketweave.cli.options import AsJson, Track

RUNS = Path(".basketweave/runs")


def run(
    recipe: Annotated[
        str, typer.Argument(help="A .yaml file, or the name of one that comes along.")
    ],
    folder: Annotated[
        Path, typer.Option(help="Where reports and trained models go.")
    ] = RUNS,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these experiments; default: all.")
    ] = None,
    track: Track = None,
    as_json: AsJson = False,
) -> None:
    """Run a recipe: load, derive, train, evaluate, publish, and write a report."""
    from basketweave.recipes import read_recipe, run_recipe
    from basketweave.tracking import tracker

    asked = read_recipe(recipe).only(only or [])
    kept = tracker(track)
    done = run_recipe(asked, folder / asked.name, progress=Bars(), tracker=kept)
    if as_json:
        show_json({name: table.to_dict() for name, table in done.tables.items()})
        return
    for name, table in done.tables.items():
        lines = [(label, table.lines[label]) for label in table.ordered()]
        rows = [
            [
                label,
                *(line.mean(m) if m in line.values else None for m in table.metrics),
            ]
            for label, line in lines
        ]
        title = asked.experiments[name].title
        show_table(title, ["model", *table.metrics], rows)
        for told in table.told:
            out.print(told)
    say(f"Report: {done.report}")
