"""0/1 matrices of users and items, as splits and baselines hold them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from basketweave.graph.subgraph import IntArray


def marked(
    row: npt.NDArray[np.integer],
    item: npt.NDArray[np.integer],
    shape: tuple[int, int],
) -> sp.csr_array:
    """A matrix of this shape, float32, with a 1 at each (row, item) pair."""
    data = np.ones(len(row), np.float32)
    return ones(sp.csr_array((data, (row, item)), shape=shape))


def ones(matrix: sp.csr_array) -> sp.csr_array:
    """The same entries, each of them 1."""
    out = matrix.copy()
    out.sum_duplicates()
    out.data = np.ones(len(out.data), np.float32)
    return out


def users_of(had: sp.csr_array) -> IntArray:
    """How many rows have each item (I,), in a matrix without duplicates."""
    return np.bincount(had.indices, minlength=had.shape[1]).astype(np.int64)
