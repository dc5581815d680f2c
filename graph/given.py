"""Rows as an application gives them: one mapping, several, or a frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from basketweave.errors import BasketweaveError, DataError, UsageError
from basketweave.shown import shown
from basketweave.suggest import did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

T = TypeVar("T")
Given: TypeAlias = (
    "Mapping[str, Any] | Iterable[Mapping[str, Any]] | pl.DataFrame | pd.DataFrame"
)
"""One row, several, or a polars or pandas frame of them."""


def rows_of(given: Any, what: str, example: str) -> list[Any]:
    """The rows one by one; raises `UsageError` for what holds none.

    what, example   how the error calls a row, and one such row
    """
    if isinstance(given, Mapping):
        return [given]
    if hasattr(given, "iter_rows"):  # polars
        return list(given.iter_rows(named=True))
    if hasattr(given, "to_dict") and hasattr(given, "columns"):  # pandas
        return list(given.to_dict("records"))
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise UsageError(
            f"{shown(given)} is no {what}. Give a mapping such as {example}, a list of "
            "them, or a frame."
        )
    return list(given)


def read_each(
    rows: Iterable[Any], what: str, done: str, read: Callable[[Any], T]
) -> Iterator[T]:
    """What `read` makes of each row.

    what, done   how the error calls a row, and what was to be done with it: 'Event',
                 'recorded'

    Raises `DataError` for the first that `read` refuses, which it names by its number
    from 1.
    """
    for number, row in enumerate(rows, 1):
        try:
            found = read(row)
        except BasketweaveError as error:
            raise DataError(
                f"{what} {number} cannot be {done}, so none of them was: {error}"
            ) from error
        yield found


def check_fields(
    row: Mapping[Any, Any], what: str, fields: Sequence[str], others: str = ""
) -> None:
    """Raise `DataError` for a field that is none of these.

    what, others   how the error calls a row, and what it says of other fields
    """
    for name in row:
        if name not in fields:
            raise DataError(
                f"{shown(name)} is no field of {what}."
                f"{did_you_mean(str(name), fields)} Use {', '.join(fields)}{others}."
            )


def missing(value: object) -> bool:
    """Whether a row says nothing there: None, or a frame's NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))
