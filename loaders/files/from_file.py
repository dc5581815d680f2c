"""Reading a mapped file: usable rows on one side, a quarantine on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from basketweave.loaders.files.batch import Batch
from basketweave.loaders.files.batches import read_batches
from basketweave.loaders.files.mapping import File
from basketweave.loaders.quarantine import quarantined
from basketweave.loaders.tables import QUARANTINE, empty

Convert = Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.Series]]
"""From columns as written to converted rows, and for each the reason why it cannot
be used (null where it can)."""


@dataclass(frozen=True)
class FromFile:
    """What one file gave: the usable rows, the others, and how many in all."""

    file: str
    good: pl.DataFrame
    quarantine: pl.DataFrame
    rows: int


def read_file(
    folder: Path,
    file: File,
    columns: list[str],
    convert: Convert,
    lists: tuple[str, ...] = (),
) -> FromFile:
    """All of a file, batch after batch; never more than a batch of raw text."""
    good, bad, rows = [], [empty(QUARANTINE)], 0
    for batch in read_batches(folder, file, columns, lists):
        converted, reasons = convert(batch.rows)
        good.append(converted.filter(reasons.is_null()))
        bad += [batch.broken, _set_aside(batch, reasons)]
        rows += len(batch)
    if not good:
        good.append(convert(pl.DataFrame(schema=dict.fromkeys(columns, pl.String)))[0])
    quarantine = pl.concat(bad).with_columns(source=pl.lit(file.file)).sort("line")
    return FromFile(file.file, pl.concat(good), quarantine, rows)


def _set_aside(batch: Batch, reasons: pl.Series) -> pl.DataFrame:
    bad = reasons.is_not_null().arg_true().to_list()
    return quarantined(
        batch.lines[bad].to_list(),
        reasons[bad].to_list(),
        [batch.text(row) for row in bad],
    )
