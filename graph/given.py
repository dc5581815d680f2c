"""Rows as an application gives them: one mapping, several, or a frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from basketweave.errors import UsageError
from basketweave.shown import shown

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

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


def missing(value: object) -> bool:
    """Whether a row says nothing there: None, or a frame's NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))
