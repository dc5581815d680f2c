"""Tables in files, by the file's ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from basketweave.errors import UsageError
from basketweave.whole import whole

if TYPE_CHECKING:
    import polars as pl

WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".csv": lambda frame, path: frame.write_csv(path),
    ".jsonl": lambda frame, path: frame.write_ndjson(path),
}


def checked(path: Path) -> None:
    """Raise `UsageError` for an ending nobody writes, before any work is done."""
    if path.suffix not in WRITERS:
        raise UsageError(f"{path} should end in {', '.join(WRITERS)}.")


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write `path` whole or not at all; raises `DataError` where there is no room."""
    import polars as pl

    with whole(path) as unfinished:
        try:
            WRITERS[path.suffix](frame, unfinished)
        except pl.exceptions.PolarsError as error:  # of Parquet it says so in its way
            raise OSError(str(error)) from error
