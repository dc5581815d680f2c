"""Tables written as Parquet parts by user, and read back as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.sharded.folder import TABLES, PartsFolder, begin, part_file
from basketweave.graph.tables import Tables
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
        dict(tables.notes),
    ).finish()  # fmt: skip


def read_parts(where: str | None) -> Tables:
    """The tables of such a folder, all in memory; raises `DataError` where it is none."""
    if where is None:
        raise DataError("Name the folder: parquet:FOLDER")
    found = PartsFolder.open(Path(where))
    bare = _read(found.table("bare")) if found.table("bare").exists() else None
    others: dict[str, Any] = {
        name: _read(found.table(name)) for name in TABLES if found.table(name).exists()
    }
    return Tables(
        name=found.name,
        events=pl.concat([_read(path) for path in found.event_files]).sort(
            "time", maintain_order=True
        ),
        notes=found.notes,
        user_ids=found.user_ids,
        item_ids=found.item_ids,
        bare={} if bare is None else {
            str(name): rows["id"] for (name,), rows in bare.group_by("table")
        },
        **others,
    )  # fmt: skip


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"{path} cannot be read: {error}. It may be cut short: write the folder again."
        ) from error


def _write(frame: pl.DataFrame, path: Path) -> None:
    with whole(path) as beside:
        frame.write_parquet(beside)
