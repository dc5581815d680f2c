"""What a person sees: tables, bars with an estimate, JSON, and errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from basketweave.progress import Advance

out = Console()
err = Console(stderr=True)


class Bars:
    """Progress bars with an estimate, on stderr so that output can be piped."""

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=False) as bars:
            task = bars.add_task(description, total=total)
            yield lambda step: bars.advance(task, step)
            bars.update(task, total=total or bars.tasks[0].completed or 1)


def show_json(value: object) -> None:
    """Print one JSON document on stdout."""
    plain = (
        asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    )
    print(json.dumps(plain, ensure_ascii=False, indent=2, default=str))


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Print a table whose numbers stand to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for n, column in enumerate(columns):
        number = bool(rows) and isinstance(rows[0][n], int | float)
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    out.print(table)


def show_mapping(title: str, values: Mapping[str, Any]) -> None:
    """Print names and values, one a line."""
    show_table(title, ["", ""], [[name, _cell(v)] for name, v in values.items()])


def fail(message: str, code: int) -> int:
    """Print an error on stderr and give back its exit code."""
    err.print(f"[bold red]error[/] {message}", highlight=False, soft_wrap=True)
    sys.stderr.flush()
    return code


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)
