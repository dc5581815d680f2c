"""`Batch`: some rows of a file, as they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.tables import QUARANTINE, empty


@dataclass(frozen=True)
class Batch:
    """Rows that follow each other, and those among them that fell apart.

    rows     the columns that were asked for; texts, or the types of Parquet
    lines    the line on which each row begins, from 1 (in Parquet: the row)
    text     gives the row at a position as it was written
    broken   rows that could not be split into columns, as a quarantine table
    """

    rows: pl.DataFrame
    lines: pl.Series
    text: Callable[[int], str]
    broken: pl.DataFrame = field(default_factory=lambda: empty(QUARANTINE))

    def __len__(self) -> int:
        return len(self.rows) + len(self.broken)


Batches = Iterator[Batch]


def check_columns(path: object, wanted: tuple[str, ...], present: list[str]) -> None:
    """Raise DataError naming the wanted columns that are not, or twice, present."""
    missing = [c for c in wanted if c not in present]
    if missing:
        raise DataError(
            f"{path} has no column {_quoted(missing)}. It has {_quoted(present)}."
            f"{_other_separator(present)}"
        )
    twice = sorted({c for c in wanted if present.count(c) > 1})
    if twice:
        raise DataError(f"{path} has the column {_quoted(twice)} twice. Rename one.")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _other_separator(present: list[str]) -> str:
    """A lone column with a separator in its name was cut at the wrong one."""
    found = [s for s in ("\t", ";", ",", "|") if len(present) == 1 and s in present[0]]
    return f" Perhaps it needs separator: {found[0]!r}." if found else ""
