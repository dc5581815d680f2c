"""`Batch`: some rows of a file, as they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import DataError
from basketweave.graph.tables import QUARANTINE, empty
from basketweave.suggest import did_you_mean


@dataclass(frozen=True)
class Batch:
    """Rows that follow each other, and those among them that fell apart.

    rows     the columns that were asked for; texts, or the types of Parquet
    lines    the line on which each row begins, from 1 (in Parquet: the row)
    text     gives the row at a position as it was written
    broken   rows that could not be split into columns, as a quarantine table
    mended   rows that a stray quote would have joined, and were read one by one
    """

    rows: pl.DataFrame
    lines: pl.Series
    text: Callable[[int], str]
    broken: pl.DataFrame = field(default_factory=lambda: empty(QUARANTINE))
    mended: int = 0

    def __len__(self) -> int:
        return len(self.rows) + len(self.broken)

    def take(self, rows: pl.DataFrame, at: npt.NDArray[np.int64]) -> Batch:
        """A batch of `rows`, each made of one row of this batch: of that at the same
        place in `at`."""
        text = self.text
        return replace(
            self, rows=rows, lines=self.lines.gather(at), text=lambda row: text(at[row])
        )


Batches = Iterator[Batch]


def check_columns(path: object, wanted: tuple[str, ...], present: list[str]) -> None:
    """Raise DataError naming the wanted columns that are not, or twice, present."""
    missing = [c for c in wanted if c not in present]
    if missing:
        raise DataError(
            f"{path} has no column {_quoted(missing)}. It has {_quoted(present)}."
            f"{_meant(missing[0], present)}{_other_separator(present)}"
        )
    twice = sorted({c for c in wanted if present.count(c) > 1})
    if twice:
        raise DataError(f"{path} has the column {_quoted(twice)} twice. Rename one.")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _meant(name: str, present: list[str]) -> str:
    """Capitals and space around a name count; one that differs in them was meant."""
    alike = [p for p in present if p.strip().lower() == name.strip().lower()]
    return f" Did you mean '{alike[0]}'?" if alike else did_you_mean(name, present)


def _other_separator(present: list[str]) -> str:
    """A lone column with a separator in its name was cut at the wrong one."""
    found = [s for s in ("\t", ";", ",", "|") if len(present) == 1 and s in present[0]]
    return f" Perhaps it needs separator: {found[0]!r}." if found else ""
