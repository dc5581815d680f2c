"""The k-core: the largest part in which every user and item has k events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl


def k_core(events: pl.DataFrame, k: int) -> pl.DataFrame:
    """The events that remain when users and items with fewer than `k` are dropped.

    Dropping a user takes events from items, so it goes on until nothing changes.
    What remains is the same whatever the order, and no larger part will do (Seidman,
    1983). Repeated purchases count each time, as in the 5-core data sets of Amazon.
    """
    rows = np.arange(len(events))
    user, item = _codes(events["user"]), _codes(events["item"])
    while len(rows):
        enough = _often(user, k) & _often(item, k)
        if enough.all():
            break
        rows, user, item = rows[enough], user[enough], item[enough]
    return events[rows]


def _codes(ids: pl.Series) -> npt.NDArray[np.int64]:
    """A number for each id, counted from 0 in no particular order."""
    codes = ids.to_arrow().dictionary_encode().indices
    return np.asarray(codes.to_numpy(), dtype=np.int64)


def _often(codes: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.bool_]:
    """Which rows have a code that stands in at least `k` rows."""
    return np.asarray(np.bincount(codes)[codes] >= k)
