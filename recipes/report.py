"""The report of a recipe: Markdown, JSON, and a picture of each table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from basketweave.evaluation.reports.picture import Bar, chart
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.recipe import Recipe, Reference
from basketweave.recipes.table import Table


def save(recipe: Recipe, tables: Mapping[str, Table], shown: str, folder: Path) -> Path:
    """Write report.md, report.json and a picture of each table.

    Returns the path of report.md.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        picture(table, recipe.experiments[name].title).savefig(
            folder / f"{name}.png", dpi=150
        )
    content = {
        "recipe": recipe.model_dump(mode="json"),
        "experiments": {name: table.to_dict() for name, table in tables.items()},
    }
    (folder / "report.json").write_text(
        json.dumps(content, indent=2) + "\n", encoding="utf-8"
    )
    path = folder / "report.md"
    path.write_text(markdown(recipe, tables, shown), encoding="utf-8")
    return path


def markdown(recipe: Recipe, tables: Mapping[str, Table], shown: str = "") -> str:
    """The whole report as Markdown."""
    blocks = [f"# {recipe.title}", recipe.about.strip()]
    if recipe.reference is not None:
        blocks += _reference(recipe.reference)
    for name, table in tables.items():
        blocks += _experiment(name, recipe.experiments[name], table)
    if shown:
        blocks += ["## What it recommends", f"```\n{shown.rstrip()}\n```"]
    blocks.append(f"Run again: `basketweave run {recipe.name}`")
    return "\n\n".join(blocks) + "\n"


def picture(table: Table, title: str) -> Figure:
    """Horizontal bars of the first metric, the best model on top.

    A line over each bar spans the interval.
    """
    metric, lines = table.metrics[0], table.lines
    shown = [
        Bar(label, lines[label].mean(metric), lines[label].low, lines[label].high)
        for label in table.ordered()
        if metric in lines[label].values
    ]
    return chart(shown, title, metric + (", lower is better" if table.lower else ""))


def _reference(given: Reference) -> Iterator[str]:
    figures = ", ".join(f"{name} {value:g}" for name, value in given.figures.items())
    yield "## The published system"
    yield (
        f"{given.system}, on {given.data}. Protocol: {given.protocol}. "
        f"Printed figures: {figures}."
    )
    yield f"May they be compared with ours? {given.comparable.strip()}"


def _experiment(name: str, asked: Experiment, table: Table) -> Iterator[str]:
    yield f"## {asked.title}"
    if not asked.honest:
        yield "**Run only to stand beside a published figure: the protocol leaks or samples.**"
    if asked.note:
        yield asked.note.strip()
    yield "\n".join(table.facts)
    yield "\n".join(_rows(table))
    yield "\n".join(f"- {told}" for told in table.told)
    if table.chosen:
        yield "Chosen on validation:"
        yield "\n".join(f"- {n}: {_plain(what)}" for n, what in table.chosen.items())
    for file in (f"{name}.png", *table.pictures):
        yield f"![{asked.title}]({file})"


def _rows(table: Table) -> Iterator[str]:
    main = table.metrics[0]
    several = any(len(line.values.get(main, ())) > 1 for line in table.lines.values())
    last = f"interval of {main}" + (", first seed" if several else "")
    yield "| | " + " | ".join([*table.metrics, last]) + " |"
    yield "| --- |" + " ---: |" * (len(table.metrics) + 1)
    for place, label in enumerate(table.ordered()):
        line = table.lines[label]
        cells = [_cell(line.mean(m), line.spread(m)) for m in table.metrics]
        bounds = "" if line.low is None else f"{line.low:.4f} to {line.high:.4f}"
        told = f"**{label}**" if place == 0 else label
        yield f"| {told} | " + " | ".join([*cells, bounds]) + " |"


def _cell(mean: float, spread: float) -> str:
    if math.isnan(mean):
        return ""
    return f"{mean:.4f} ± {spread:.4f}" if spread else f"{mean:.4f}"


def _plain(what: object) -> str:
    if isinstance(what, Mapping):
        return ", ".join(f"{name} {_plain(value)}" for name, value in what.items())
    return f"{what:.4g}" if isinstance(what, float) else str(what)
