"""Properties of nodes as both stores hold them: their names, and their types."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import check_name

KINDS = {
    "BOOL": pl.Boolean(),
    "INT64": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "STRING": pl.String(),
}
WORDS = {
    "BOOL": "true/false",
    "INT64": "whole numbers",
    "DOUBLE": "decimals",
    "STRING": "text",
}
_OF_TYPES = {bool: "BOOL", int: "INT64", float: "DOUBLE", str: "STRING"}
# Rules compute with these: as text, they would never match.
_RULED = ("price", "inStock")


def storable(frame: pl.DataFrame, label: str) -> pl.DataFrame:
    """The frame with its columns in types that a store can hold.

    Decimals become floats, dates and categories become text; lists lose their nulls.
    Raises `DataError` for a column of another type, or two that differ only by case.
    """
    _check_names(frame.columns, label)
    frame = frame.with_columns(
        pl.col(pl.Decimal).cast(pl.Float64),
        pl.col(pl.Categorical, pl.Enum, pl.Date, pl.Datetime, pl.Time).cast(pl.String),
        pl.col(pl.List).list.drop_nulls(),
    )
    return frame.with_columns(
        cast(label, column, kind(label, column)) for column in frame.iter_columns()
    )


def kind(label: str, column: pl.Series) -> str:
    """The type of a property that can hold the column: a key of `KINDS`, or a list.

    Raises `DataError` where there is no such type.

    >>> kind("Item", pl.Series("tags", [["a"], []]))
    'STRING[]'
    """
    dtype = column.dtype
    if isinstance(dtype, pl.List):
        return f"{kind(label, pl.Series(column.name, [], dtype.inner))}[]"
    if dtype == pl.Boolean:
        return "BOOL"
    if dtype.is_integer():
        return "INT64"
    if dtype.is_float():
        return "DOUBLE"
    if dtype in (pl.String, pl.Null):
        return "STRING"
    raise DataError(
        f"Column '{column.name}' of {label} has type {dtype}, which cannot be a "
        "property. Make it text, numbers, true/false or lists of them, or leave it "
        "out."
    )


def kind_of(value: object) -> str:
    """The type of a property that can hold one value, such as a row says it.

    >>> kind_of(7), kind_of(["a"])
    ('INT64', 'STRING[]')
    """
    if isinstance(value, list):
        return f"{kind_of(value[0])}[]"
    return _OF_TYPES[type(value)]


def grown(label: str, name: str, held: str, given: str) -> str:
    """The type for both the values in a store (`held`) and those of a load (`given`).

    Whole numbers become decimals, and numbers or true/false become text. Raises
    `DataError` where no type can hold both.

    >>> grown("Item", "size", "INT64", "DOUBLE"), grown("Item", "size", "DOUBLE", "STRING")
    ('DOUBLE', 'STRING')
    """
    if held == given:
        return held
    if held.endswith("[]") and given.endswith("[]"):
        return f"{grown(label, name, held[:-2], given[:-2])}[]"
    if {held, given} == {"INT64", "DOUBLE"}:
        return "DOUBLE"
    plain = held in KINDS and given in KINDS
    if plain and "STRING" in (held, given) and name not in _RULED:
        return "STRING"
    raise DataError(
        f"Column '{name}' of {label} has {words(given)}, but the store holds "
        f"{words(held)} there. Correct it, name it otherwise, or load into a new store."
    )


def cast(label: str, column: pl.Series, to: str) -> pl.Series:
    """The column in type `to`; raises `DataError` where a value would be changed."""
    scalar = KINDS[to.removesuffix("[]")]
    dtype = pl.List(scalar) if to.endswith("[]") else scalar
    if column.dtype == dtype:
        return column
    try:
        out = column.cast(dtype)
        exact = to != "DOUBLE" or not column.dtype.is_integer() or _same(out, column)
    except pl.exceptions.PolarsError:
        exact = False
    if exact:
        return out
    raise DataError(
        f"Column '{column.name}' of {label} has {column.dtype} values that do not fit "
        f"into {words(to)}. Make it text, or leave it out."
    )


def words(kind: str) -> str:
    """A type in plain words, such as `lists of text`."""
    scalar = kind.removesuffix("[]")
    return ("lists of " if kind.endswith("[]") else "") + WORDS.get(scalar, scalar)


def _same(decimals: pl.Series, whole: pl.Series) -> bool:
    return decimals.cast(whole.dtype, strict=False).equals(whole)


def _check_names(names: Sequence[str], label: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(check_name(name).lower(), name)
        if other != name:
            raise DataError(
                f"Columns '{other}' and '{name}' of {label} differ only by case. Name "
                "one of them otherwise: attributes: {other_name: column}."
            )
