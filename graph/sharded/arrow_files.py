"""Arrow files that are whole or not there, read without being held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    return _batches(pa.memory_map(str(path)))


def placed_batches(path: Path) -> list[tuple[pa.RecordBatch, Mapping[str, int]]]:
    """The same, with the byte of the file at which the numbers of each column begin."""
    source = pa.memory_map(str(path))
    origin = source.read_buffer(1).address
    return [(batch, _places(batch, origin)) for batch in _batches(source)]


def stands(path: Path) -> bool:
    """Whether the file is there and whole."""
    try:
        batches(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def _batches(source: pa.MemoryMappedFile) -> list[pa.RecordBatch]:
    with pa.ipc.open_file(source) as reader:
        return [reader.get_batch(n) for n in range(reader.num_record_batches)]


def _places(batch: pa.RecordBatch, origin: int) -> Mapping[str, int]:
    columns = zip(batch.schema.names, batch.columns, strict=True)
    return {name: column.buffers()[1].address - origin for name, column in columns}
