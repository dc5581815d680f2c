"""Parquet in batches; a row's "line" is its number from 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch, check_columns

ROWS = 1_000_000


def read_parquet(path: Path, wanted: tuple[str, ...]) -> Iterator[Batch]:
    """Batches of the `wanted` columns in the types that the file has."""
    try:
        with pq.ParquetFile(path) as file:
            check_columns(path, wanted, file.schema_arrow.names)
            done = 0
            for part in file.iter_batches(ROWS, columns=list(wanted)):
                rows = pl.DataFrame(pl.from_arrow(part)).select(wanted)
                yield Batch(rows, _numbers(done, len(rows)), _written(rows))
                done += len(rows)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error


def _numbers(done: int, rows: int) -> pl.Series:
    return pl.int_range(done + 1, done + rows + 1, eager=True, dtype=pl.Int64)


def _written(rows: pl.DataFrame) -> Callable[[int], str]:
    """Parquet has no text of its own, so a row is shown as Python shows it."""
    return lambda row: str(rows.row(row, named=True))
