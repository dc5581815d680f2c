"""What Python has and JSON has not, as a service reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from basketweave.graph.ids import as_whole


def written(value: object) -> Any:
    """A time in ISO 8601, numpy's numbers as numbers, tuples and sets as lists.

    Raises `TypeError` for anything else, as `json.dumps` wants it.
    """
    if isinstance(value, date):
        return value.isoformat()
    whole = as_whole(value)
    if whole is not None:
        return whole
    if hasattr(value, "item"):  # a number of numpy's
        return value.item()
    if isinstance(value, Iterable) and not isinstance(value, Mapping | bytes):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
