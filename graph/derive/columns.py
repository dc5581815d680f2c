"""Columns of numbers between Arrow and numpy, over the bytes that both share.

pyarrow's own way imports pandas, which takes a process half a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Array = npt.NDArray[Any]

_TYPES: dict[pa.DataType, type[np.generic]] = {
    pa.int8(): np.int8,
    pa.int16(): np.int16,
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.float32(): np.float32,
    pa.float64(): np.float64,
}


def table_of(columns: Sequence[Array], schema: pa.Schema) -> pa.Table:
    """A table of these numbers, cast to the schema's types.

    >>> columns = [np.array([1, 2]), np.array([True, False])]
    >>> table_of(columns, pa.schema([("n", pa.int8()), ("new", pa.bool_())])).to_pylist()
    [{'n': 1, 'new': True}, {'n': 2, 'new': False}]
    """
    pairs = zip(columns, schema, strict=True)
    arrays = [_arrow(column, field.type) for column, field in pairs]
    return pa.Table.from_arrays(arrays, schema=schema)


def column_of(column: pa.Array | pa.ChunkedArray) -> Array:
    """The numbers of a column in which none is missing, not to be written to.

    >>> column_of(pa.chunked_array([[1.5], [2.5, 3]])).tolist()
    [1.5, 2.5, 3.0]
    """
    if not isinstance(column, pa.ChunkedArray):
        return _numpy(column)
    if column.num_chunks == 1:
        return _numpy(column.chunk(0))
    none = _arrow(np.empty(0), column.type)
    return np.concatenate([_numpy(one) for one in (none, *column.chunks)])


def _arrow(values: Array, of: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(of):
        data: Array = np.packbits(values, bitorder="little")
    else:
        data = np.ascontiguousarray(values, _TYPES[of])
    return pa.Array.from_buffers(of, len(values), [None, pa.py_buffer(data)])


def _numpy(array: pa.Array) -> Array:
    begin, size, data = array.offset, len(array), array.buffers()[1]
    if not size:
        return np.empty(0, _TYPES.get(array.type, np.bool_))
    if pa.types.is_boolean(array.type):
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[begin : begin + size].astype(np.bool_)
    dtype = np.dtype(_TYPES[array.type])
    return np.frombuffer(data, dtype, size, begin * dtype.itemsize)
