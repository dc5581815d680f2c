"""Columns as they were written, turned into texts, ids and attributes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.assemble import id_type

# Neo4j's and most other indexes refuse keys of some thousand bytes; an id this
# long is a text that ended up in the wrong column.
LONGEST_ID = 1_000

MISSING = (
    "nan", "NaN", "NAN", "null", "NULL", "Null", "none", "None", "NONE", "na", "NA",
    "n/a", "N/A", "#N/A", "<NA>", "NaT", "\\N",
)  # fmt: skip
"""What pandas, R, Excel and MySQL write where there is nothing."""

# Above these a float skips whole numbers, so that two ids may have become one.
_EXACT: dict[Any, int] = {pl.Float32: 2**24, pl.Float64: 2**53}


def as_ids(column: pl.Series, missing: Sequence[str] = MISSING) -> pl.Series:
    """Ids as texts without surrounding space, null where there is none.

    Whole numbers that were made floats (by a gap in a pandas column) lose the .0.
    Raises DataError where the type of a column has no ids in it, or no exact ones.
    """
    dtype = column.dtype
    if dtype.is_nested() or dtype in (pl.Boolean, pl.Time, pl.Duration, pl.Object):
        raise DataError(
            f"The column '{column.name}' holds {dtype}, and so no ids. Name another "
            "one, or what is inside it, as in customer.id."
        )
    if dtype.is_float():
        _check_exact(column)
        column = column.set(~column.is_finite().fill_null(False), None)
        return _without_point(column)
    if dtype.is_decimal():
        text = column.cast(pl.String).str.replace(r"\.0+$", "")
        return as_text(text.alias(column.name), missing)
    return as_text(column, missing)


def as_text(column: pl.Series, missing: Sequence[str] = MISSING) -> pl.Series:
    """Text without surrounding space, null where nothing is left, or a missing word.

    Lists of names are joined by commas, other nested values written as JSON.
    """
    text = _flat(column).str.strip_chars()
    return text.set(text.is_in(["", *missing]), None)


def as_attribute(column: pl.Series, missing: Sequence[str] = MISSING) -> pl.Series:
    """Integers or decimals where every value is one, truth values, else text."""
    dtype = column.dtype
    if dtype == pl.Boolean:
        return column
    if dtype.is_integer() or dtype == pl.Decimal(scale=0):
        whole = column.cast(pl.Int64, strict=False)
        same = whole.null_count() == column.null_count()
        return whole if same else column.cast(pl.String)
    if dtype.is_numeric():
        return column.cast(pl.Float64).fill_nan(None)
    text = as_text(column, missing)
    if dtype.is_temporal() or text.null_count() == len(text):
        return text
    if id_type(text.drop_nulls()) == "int":
        return text.cast(pl.Int64)
    number = text.cast(pl.Float64, strict=False)
    # 007 and 08540 are names, not numbers: a leading zero says so.
    named = text.str.contains(r"^[+-]?0\d").any()
    finite = number.is_finite().all()
    lost = number.null_count() > text.null_count()
    return text if named or lost or not finite else number


def too_long(ids: pl.Expr) -> pl.Expr:
    """Whether an id is longer than `LONGEST_ID`; null where there is none."""
    return ids.str.len_chars() > LONGEST_ID


def settled_ids(ids: pl.Series, what: str, notes: dict[str, int]) -> pl.Series:
    """A whole column of ids: 12301.0 is 12301 where every id is a whole number.

    `notes` counts those, and tells of ids that stay as they are but look hurt: 12301.0
    beside ids that are no numbers, and 1.2E+11, which a spreadsheet made.
    """
    if ids.str.contains("+", literal=True).any():  # a regular expression costs more
        spoilt = int(ids.str.contains(r"^[+-]?\d+\.\d+[eE]\+\d+$").sum())
        _note(notes, f"{what} ids such as 1.2E+11, whose digits are lost", spoilt)
    decimal = ids.str.ends_with(".0")
    if not decimal.any():
        return ids
    if ids.str.contains(r"^-?\d+(\.0)?$").all():
        _note(
            notes,
            f"{what} ids with a .0 behind (12301.0), read without",
            int(decimal.sum()),
        )
        return ids.str.strip_suffix(".0")
    beside = int((decimal & ids.str.contains(r"^-?\d+\.0$")).sum())
    _note(
        notes, f"{what} ids with a .0 behind, beside others that are no numbers", beside
    )
    return ids


def _note(notes: dict[str, int], sentence: str, count: int) -> None:
    if count:
        notes[sentence] = notes.get(sentence, 0) + count


def _without_point(column: pl.Series) -> pl.Series:
    whole = column.cast(pl.Int64, strict=False)
    exact = (whole.cast(column.dtype) == column).fill_null(False)
    return whole.cast(pl.String).zip_with(exact, column.cast(pl.String))


def _check_exact(column: pl.Series) -> None:
    limit = _EXACT.get(column.dtype, 2**11)
    finite = column.filter(column.is_finite().fill_null(False))
    if (finite.abs() >= limit).any():
        raise DataError(
            f"The column '{column.name}' holds ids as {column.dtype}, and some are "
            f"{limit:,} or more, where such numbers are no longer exact: two ids may "
            "have become one. Write them into the file as integers or as text."
        )


def _flat(column: pl.Series) -> pl.Series:
    """Any column as texts; DataError where bytes are no text."""
    dtype = column.dtype
    try:
        if isinstance(dtype, pl.List | pl.Array) and not _inner(dtype).is_nested():
            return column.cast(pl.List(pl.String)).list.join(", ", ignore_nulls=True)
        if dtype.is_nested() or dtype == pl.Object:
            return pl.Series(column.name, [_json(v) for v in column], dtype=pl.String)
        if dtype == pl.Duration:
            return column.dt.total_milliseconds().cast(pl.String)
        return column.cast(pl.String)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(
            f"The column '{column.name}' holds {dtype} that cannot be read as text "
            f"({str(error).splitlines()[0]}). Name another column, or write it as text."
        ) from None


def _inner(dtype: Any) -> Any:
    return dtype.inner


def _json(value: Any) -> str | None:
    plain = value.to_list() if isinstance(value, pl.Series) else value
    return None if plain is None else json.dumps(plain, ensure_ascii=False, default=str)
