"""Columns as they were written, turned into ids, numbers and attributes."""

from __future__ import annotations

import polars as pl

from basketweave.loaders.assemble import id_type

# Neo4j's and most other indexes refuse keys of some thousand bytes; an id this
# long is a text that ended up in the wrong column.
LONGEST_ID = 1_000


def as_ids(column: pl.Series) -> pl.Series:
    """Ids as texts without surrounding space, null where there is none.

    Whole numbers that were made floats (by a gap in a pandas column) lose the .0.
    """
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        exact = (whole.cast(column.dtype) == column).fill_null(False)
        column = whole.cast(pl.String).zip_with(exact, column.cast(pl.String))
    return as_text(column).replace("NaN", None)


def as_text(column: pl.Series) -> pl.Series:
    """Text without surrounding space, null where nothing is left."""
    if isinstance(column.dtype, pl.List):
        column = column.cast(pl.List(pl.String)).list.join(", ")
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


def as_attribute(column: pl.Series) -> pl.Series:
    """Integers or decimals where every value is one, truth values, else text."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column
    text = as_text(column)
    if text.null_count() == len(text):
        return text
    if id_type(text.drop_nulls()) == "int":
        return text.cast(pl.Int64)
    number = text.cast(pl.Float64, strict=False)
    # 007 and 08540 are names, not numbers: a leading zero says so.
    named = text.str.contains(r"^[+-]?0\d").any()
    return text if named or number.null_count() > text.null_count() else number


def too_long(ids: pl.Expr) -> pl.Expr:
    """Whether an id is longer than `LONGEST_ID`; null where there is none."""
    return ids.str.len_chars() > LONGEST_ID
