"""What a person sees: tables, bars with an estimate, JSON, and errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from basketweave.cli.terminal import Terminal, harmless, harmless_json, silence
from basketweave.progress import Advance
from basketweave.serving.recommendation import Recommendation

out = Terminal()
err = Terminal(stderr=True)

NO_MARKS: Mapping[str, str] = {}


class Bars:
    """Progress bars with an estimate, on stderr so that output can be piped."""

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<34}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=False) as bars:
            task = bars.add_task(description, total=total)
            yield lambda step: bars.advance(task, step)
            whole = _whole(bars.tasks[0])
            bars.update(task, completed=whole, total=whole)


def show_json(value: object) -> None:
    """Print one JSON document on stdout."""
    plain = (
        asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    )
    text = json.dumps(plain, ensure_ascii=False, indent=2, default=str)
    print(harmless_json(text))


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Print a table whose numbers stand to the right."""
    out.print(Text(title, style="bold"))
    table = Table(show_header=any(columns))
    for n, column in enumerate(columns):
        number = bool(rows) and isinstance(rows[0][n], int | float)
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    out.print(table)


def show_mapping(title: str, values: Mapping[str, Any]) -> None:
    """Print names and values, one a line."""
    show_table(title, ["", ""], [[name, _cell(v)] for name, v in values.items()])


def show_lines(lines: Sequence[tuple[str, str]]) -> None:
    """Print names and what is said of each, which a narrow terminal wraps in place."""
    grid = Table.grid(padding=(0, 2))
    for what, said in lines:
        grid.add_row(what, said)
    out.print(grid)


def show_finding(level: str, text: str) -> None:
    """Print an error, a warning or a note, indented below its level."""
    colour = {"error": "bold red", "warning": "bold yellow"}.get(level, "bold")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(min_width=8)
    grid.add_row(Text(level, style=colour), text)
    out.print(grid)


def say(line: str) -> None:
    """Print one line, which a narrow terminal does not break: it may be copied."""
    out.print(line, soft_wrap=True, highlight=False)


def show_ranked(
    title: str, ranked: Iterable[Recommendation], marks: Mapping[str, str] = NO_MARKS
) -> None:
    """Print recommendations: title and id, the score as its parts' sum, the path.

    marks   item id, as text -> what else to say of it
    """
    out.print(Text(title, style="bold"))
    for place, one in enumerate(ranked, 1):
        title, name = _line(one.title), _line(str(one.item))
        item = Text.assemble(f"{place:3d}. ", (title, "bold"))
        item.append(f"  {name}" if title else name, style="cyan")
        item.append(f"  {marks.get(str(one.item), '')}".rstrip(), style="green")
        out.print(item)
        parts = "  ".join(f"{n} {p.score:.3f}" for n, p in one.parts.items() if p.score)
        out.print(
            Padding(Text(f"{one.score:.3f} = {parts}"), (0, 0, 0, 5), expand=False)
        )
        if one.path:
            out.print(
                Padding(Text(_line(one.why()), style="dim"), (0, 0, 0, 5), expand=False)
            )


def fail(message: str, code: int) -> int:
    """Print an error on stderr and give back its exit code."""
    try:
        err.print(Text.assemble(("error", "bold red"), " ", message), soft_wrap=True)
    except OSError:  # the code is all that can be told
        silence(sys.stderr)
    return code


def _cell(value: object) -> str:
    """As a person reads it: four decimals, or four digits of what is smaller.

    >>> _cell(1234567), _cell(0.5), _cell(0.0000027931), _cell(None)
    ('1,234,567', '0.5000', '2.793e-06', '')
    """
    if isinstance(value, float):
        return f"{value:.4g}" if 0 < abs(value) < 0.001 else f"{value:.4f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else _line(str(value))


def _line(text: str) -> str:
    """Text of the data in one line, however many it has."""
    return harmless(text).replace("\n", "\\n").replace("\t", " ")


def _whole(task: Task) -> float:
    """What a finished task came to, where its total was a guess or not known."""
    return task.completed or task.total or 1
