"""A folder of Parquet files whose event parts each hold all events of their users.

FOLDER/tables.json                what it is; written last, so without it it is not whole
FOLDER/items.parquet, users.parquet, categories.parquet, in_category.parquet, …
FOLDER/events/part-00000.parquet  user, item, time, kind, value, and millis if any
FOLDER/events/part-00000-00001.parquet    what was added to the users of that part, first
FOLDER/derived/                   what `derive --events` made of them
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.tables import IdType
from basketweave.whole import whole

TABLES = ("users", "items", "categories", "in_category", "links")


@dataclass(frozen=True)
class PartsFolder:
    """What `tables.json` says: a name, how ids were given, how many events in how many
    parts, and how often some were added."""

    folder: Path
    name: str
    user_ids: IdType = "str"
    item_ids: IdType = "str"
    events: int = 0
    parts: int = 0
    added: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> PartsFolder:
        """The folder that was written; raises `DataError` where it is none, or not whole."""
        try:
            said = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
            found = cls(folder, **said)
        except (OSError, ValueError, TypeError) as error:
            raise DataError(
                f"{folder} is no folder of whole Parquet parts (tables.json: {error}). "
                "Write one: basketweave load SOURCE --to FOLDER, or basketweave generate"
            ) from error
        parts = (part_file(folder, n) for n in range(found.parts))
        missing = [path.name for path in parts if not path.exists()]
        if missing:
            raise DataError(f"{folder} lacks {missing[0]}. Write the folder again.")
        return found

    @property
    def event_files(self) -> list[Path]:
        """The files of events."""
        return [path for part in self.files_by_part for path in part]

    @property
    def files_by_part(self) -> list[list[Path]]:
        """The files of each part, together with all events of its users."""
        return [
            [
                part_file(self.folder, n),
                *(
                    path
                    for times in range(1, self.added + 1)
                    if (path := part_file(self.folder, n, times)).exists()
                ),
            ]
            for n in range(self.parts)
        ]

    def table(self, name: str) -> Path:
        """The file of a table other than the events."""
        return self.folder / f"{name}.parquet"

    @property
    def item_ids_in_order(self) -> pl.Series:
        """The ids of the items; the position of an item is its place here.

        A process reads them once: blocks and parts are many, and so are the items.
        """
        path = self.table("items")
        return ids_of(path, path.stat().st_mtime_ns)

    def finish(self) -> PartsFolder:
        """Write `tables.json`, with which the folder is whole."""
        said: dict[str, Any] = asdict(self)
        del said["folder"]
        with whole(self.folder / "tables.json") as path:
            path.write_text(json.dumps(said, indent=1), encoding="utf-8")
        return self


@lru_cache(maxsize=1)
def ids_of(path: Path, written: int) -> pl.Series:
    """The ids of a table, which is another where it was `written` at another time."""
    return pl.read_parquet(path, columns=["id"])["id"]


def part_file(folder: Path, number: int, times: int = 0) -> Path:
    """The file of a part of the events, or of what was added to it the n-th time."""
    added = f"-{times:05d}" if times else ""
    return folder / "events" / f"part-{number:05d}{added}.parquet"


def begin(folder: Path) -> None:
    """Make the folder ready to be written; what stood there before is not whole any more.

    Raises `DataError` where it holds something else.
    """
    try:
        (folder / "events").mkdir(parents=True, exist_ok=True)
        others = {p.name for p in folder.iterdir()} - {"events", "derived"}
        ours = {f"{name}.parquet" for name in (*TABLES, "bare")} | {"tables.json"}
        if others - ours and "tables.json" not in others:
            raise DataError(
                f"{folder} holds other files, such as {min(others - ours)}. Choose "
                "another folder."
            )
        (folder / "tables.json").unlink(missing_ok=True)
        for old in (folder / "events").glob("part-*.parquet"):
            old.unlink()
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}.") from error


def read_table(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """A file of such a folder; raises `DataError`, which names it, where it is not whole."""
    try:
        return pl.read_parquet(path, glob=False, columns=columns)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise cut_short(path, error) from error


def cut_short(
    path: Path | str, error: Exception, again: str = "write the folder again"
) -> DataError:
    """The error of a file that cannot be read, and what makes it anew."""
    return DataError(f"{path} cannot be read: {error}. It may be cut short: {again}.")
