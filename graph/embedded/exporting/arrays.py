"""Columns of the engine's results as numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa


def array(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    """A column as numbers (N,), without a copy where possible; NaN for a null.

    pyarrow's `to_numpy` loads pandas the first time, which takes as long as reading
    the relationships of 90,000 items.
    """
    if column.num_chunks and not column.null_count:
        parts = [np.from_dlpack(chunk) for chunk in column.chunks]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
    frame = pl.from_arrow(pa.table({"column": column}))
    assert isinstance(frame, pl.DataFrame)
    return frame["column"].to_numpy()


def ends(source: str, target: str) -> str:
    """An expression that packs the engine's numbers of two nodes into one number.

    The engine returns its results value by value: two columns instead of three save a
    quarter of the time of reading 800,000 relationships.
    """
    return f"offset(id({source})) * {2**32} + offset(id({target}))"


def both(column: pa.ChunkedArray) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The two arrays of numbers (N,) that `ends` packed into one column."""
    one = array(column)
    return one >> 32, one & (2**32 - 1)


def matrix(column: pa.ChunkedArray, width: int) -> npt.NDArray[np.float32]:
    """A column of vectors as an array (N, width)."""
    if not column.num_chunks:
        return np.empty((0, width), np.float32)
    parts = [
        np.from_dlpack(chunk.values).astype(np.float32, copy=False)
        for chunk in column.chunks
    ]
    rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return rows.reshape(-1, width)
