"""The positions of the items that events name, among all items of a folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.places import Places
from basketweave.graph.sharded.folder import PartsFolder, ids_of


def item_places(found: PartsFolder, items: pl.Series) -> pl.Series:
    """The position of each item, int32; raises `DataError` where it has none."""
    path = found.table("items")
    place = _catalogue(path, path.stat().st_mtime_ns).at(items)
    lacking = items.filter(place.is_null())
    if len(lacking):
        raise DataError(
            f"{path} lacks the item {lacking[0]!r}, which events name. "
            "Write the folder again."
        )
    return place.cast(pl.Int32)


@lru_cache(maxsize=1)
def _catalogue(path: Path, written: int) -> Places:
    """That of a file, which is another where it was `written` at another time."""
    return Places.of(ids_of(path, written))
