"""From a sparse item-item matrix to the strongest relationships of each row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from basketweave.graph.subgraph import Edges, FloatArray

Columns = Mapping[str, npt.NDArray[np.generic]]


def top_k_per_row(matrix: sp.coo_array, columns: Columns, k: int) -> Edges:
    """The `k` largest entries of each row, as edges with these columns beside.

    matrix    (I, I); its data are the weights, which must not be negative
    columns   arrays (nnz,) that go along with each entry
    """
    row, col, weight = matrix.row, matrix.col, matrix.data.astype(np.float32)
    order = np.argsort(_row_then_weight(row, weight), kind="stable")
    rank = np.arange(len(order)) - _starts(row[order], matrix.shape[0])[row[order]]
    keep = order[rank < k]
    index = np.stack([row[keep], col[keep]]).astype(np.int64)
    kept = {name: values[keep] for name, values in columns.items()}
    return Edges(index, {**kept, "weight": weight[keep]})


def _row_then_weight(
    row: npt.NDArray[np.integer], weight: FloatArray
) -> npt.NDArray[np.uint64]:
    """One sortable integer an entry: its row, then its weight from the top.

    The bits of a float that is not negative sort as the float does, and one sort
    of integers is four times as fast as `lexsort` on two keys (4.5 M entries).
    """
    falling = np.uint32(0xFFFFFFFF) - weight.view(np.uint32)
    return (row.astype(np.uint64) << np.uint64(32)) | falling.astype(np.uint64)


def _starts(
    sorted_rows: npt.NDArray[np.integer], n_rows: int
) -> npt.NDArray[np.integer]:
    return np.searchsorted(sorted_rows, np.arange(n_rows))


def power(values: FloatArray, exponent: float) -> FloatArray:
    """`values ** exponent`, and 0 where a value is 0 (a row without events)."""
    out = np.zeros_like(values, dtype=np.float32)
    np.power(values, exponent, out=out, where=values > 0)
    return out
