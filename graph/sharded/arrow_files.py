"""Arrow files that are whole or not there, read without being held in memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from basketweave.whole import whole


def write_batches(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write a batch for each table; raises `DataError` where there is no room."""
    with whole(path) as beside, pa.ipc.new_file(str(beside), schema) as writer:
        for table in tables:
            for batch in table.combine_chunks().to_batches():
                writer.write_batch(batch)


def batches(path: Path) -> list[pa.RecordBatch]:
    """The batches of a file, of which only what is touched is read."""
    with pa.ipc.open_file(pa.memory_map(str(path))) as reader:
        return [reader.get_batch(n) for n in range(reader.num_record_batches)]


def stands(path: Path) -> bool:
    """Whether the file is there and whole."""
    try:
        batches(path)
    except (OSError, pa.ArrowException):
        return False
    return True
