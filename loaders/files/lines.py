"""Rows that hold several items, such as an order: a row for each of its lines."""

from __future__ import annotations

import numpy as np
import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch
from basketweave.loaders.files.mapping import Lines


def top(wanted: tuple[str, ...], lines: Lines | None) -> tuple[str, ...]:
    """The columns to read from the file: `lines` in place of the keys inside it."""
    if lines is None:
        return wanted
    inside = f"{lines.column}."
    named = (lines.column if c.startswith(inside) else c for c in wanted)
    return tuple(dict.fromkeys([lines.column, *named]))


def one_by_one(batch: Batch, wanted: tuple[str, ...], lines: Lines) -> Batch:
    """The batch with a row for each line of each row; a row without lines gives none."""
    cells = batch.rows[lines.column]
    if cells.dtype == pl.String:
        if lines.separator is None:
            raise DataError(
                f"'{lines.column}' holds texts, not lists. Say what stands between "
                "the lines: lines: {column: …, separator: …}."
            )
        cells = cells.str.split(lines.separator)
    if not isinstance(cells.dtype, pl.List | pl.Array):
        raise DataError(
            f"'{lines.column}' holds {cells.dtype}, and no lists. Leave 'lines' out."
        )
    if isinstance(cells.dtype, pl.Array):
        cells = cells.arr.to_list()
    several = batch.rows.with_columns(cells.alias(lines.column))
    several = several.with_columns(
        __at=np.arange(len(batch.rows)), __n=pl.col(lines.column).list.len()
    )
    rows = several.filter(pl.col("__n") > 0).explode(lines.column)
    at = rows["__at"].to_numpy()
    return batch.take(_inside(rows, wanted, lines.column), at)


def _inside(rows: pl.DataFrame, wanted: tuple[str, ...], column: str) -> pl.DataFrame:
    """The wanted columns; those behind `column.` out of its fields."""
    found = []
    for name in wanted:
        if name in rows.columns:
            found.append(pl.col(name))
            continue
        field = name.removeprefix(f"{column}.")
        dtype = rows.schema[column]
        fields = [f.name for f in dtype.fields] if isinstance(dtype, pl.Struct) else []
        if field not in fields:
            raise DataError(
                f"The lines in '{column}' have no '{field}'. They have "
                f"{', '.join(fields) or 'no names'}."
            )
        found.append(pl.col(column).struct.field(field).alias(name))
    return rows.select(found)
