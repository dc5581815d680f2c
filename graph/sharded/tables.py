"""Tables written as Parquet parts by user, and read back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.sharded.folder import (
    TABLES,
    PartsFolder,
    begin,
    part_file,
    read_table,
)
from basketweave.graph.tables import EVENTS, Tables, empty
from basketweave.progress import SILENT, Progress
from basketweave.whole import whole

BARE = {"table": pl.String, "id": pl.String}


def write_parts(
    tables: Tables, folder: Path, parts: int, progress: Progress = SILENT
) -> PartsFolder:
    """Write the tables, the events in so many parts by a hash of their user.

    Raises `DataError` where the folder cannot be written or holds something else.
    """
    begin(folder)
    for name in TABLES:
        _write(getattr(tables, name), folder / f"{name}.parquet")
    bare = [
        pl.DataFrame({"table": [name] * len(ids), "id": ids}, schema=BARE)
        for name, ids in tables.bare.items()
    ]
    _write(pl.concat([pl.DataFrame(schema=BARE), *bare]), folder / "bare.parquet")
    part = tables.events["user"].hash(seed=0) % parts
    with progress.task(f"Writing {folder}", parts) as advance:
        for number in range(parts):
            _write(tables.events.filter(part == number), part_file(folder, number))
            advance(1)
    return PartsFolder(
        folder, tables.name, tables.user_ids, tables.item_ids, len(tables.events), parts,
        notes=dict(tables.notes),
    ).finish()  # fmt: skip


def add_to_parts(
    tables: Tables, folder: Path, progress: Progress = SILENT
) -> PartsFolder:
    """Add the next day's tables: events beside the parts of their users.

    What is known of users and items becomes what these tables say; positions of items
    stay as they are, new ones come last. Raises `DataError` where there is no whole
    folder, or it cannot be written.
    """
    found = PartsFolder.open(folder)
    times = found.added + 1
    for old in (folder / "events").glob(f"part-*-{times:05d}.parquet"):
        old.unlink()  # of an addition that was broken off
    part = _parts_of(tables.events, found)
    with progress.task(f"Adding to {folder}", found.parts) as advance:
        for number in range(found.parts):
            some = tables.events.filter(part == number)
            if len(some):
                _write(some, part_file(folder, number, times))
            advance(1)
    for name in TABLES:
        _write(_told(folder, name, getattr(tables, name)), folder / f"{name}.parquet")
    events = found.events + len(tables.events)
    return replace(found, events=events, added=times).finish()


def _told(folder: Path, name: str, new: pl.DataFrame) -> pl.DataFrame:
    """A table, with what is newly told of it: the last row of each, in their order."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        return new
    both = pl.concat([read_table(path), new], how="diagonal_relaxed")
    if "id" not in both.columns:
        return both.unique(maintain_order=True)
    return both.group_by("id", maintain_order=True).last().select(both.columns)


def _parts_of(events: pl.DataFrame, found: PartsFolder) -> pl.Series:
    """The part of each event: that of its user, and of new users by a hash."""
    users = events.select(pl.col("user").unique())
    known = [
        pl.concat([read_table(path, ["user"]) for path in files])
        .unique()
        .join(users, on="user", how="semi")
        .with_columns(part=pl.lit(number, pl.UInt64))
        for number, files in enumerate(found.files_by_part)
    ]
    placed = events.join(pl.concat(known), on="user", how="left", maintain_order="left")
    return placed["part"].fill_null(placed["user"].hash(seed=0) % found.parts)


def read_parts(where: str | None) -> Tables:
    """The tables of such a folder, all in memory; raises `DataError` where it is none."""
    if where is None:
        raise DataError("Name the folder: parquet:FOLDER")
    found = PartsFolder.open(Path(where))
    files = [read_table(path) for path in found.event_files]
    events = pl.concat(files, how="diagonal_relaxed")
    return replace(
        read_catalogue(found), events=events.sort("time", maintain_order=True)
    )


def read_catalogue(found: PartsFolder) -> Tables:
    """The tables of such a folder, without the events."""
    bare = read_table(found.table("bare")) if found.table("bare").exists() else None
    others: dict[str, Any] = {
        name: read_table(found.table(name))
        for name in TABLES
        if found.table(name).exists()
    }
    return Tables(
        name=found.name,
        events=empty(EVENTS),
        notes=found.notes,
        user_ids=found.user_ids,
        item_ids=found.item_ids,
        bare={} if bare is None else {
            str(name): rows["id"] for (name,), rows in bare.group_by("table")
        },
        **others,
    )  # fmt: skip


def _write(frame: pl.DataFrame, path: Path) -> None:
    with whole(path) as beside:
        frame.write_parquet(beside)
