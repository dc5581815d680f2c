"""Runs of equal rows in sorted columns: the events of a user, the purchases of a pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from basketweave.graph.subgraph import IntArray


def run_starts(*columns: npt.NDArray[Any]) -> IntArray:
    """Where each run of rows (N,) that are equal in all columns begins.

    >>> run_starts(np.array([3, 3, 3, 5]), np.array([1, 1, 2, 2])).tolist()
    [0, 2, 3]
    """
    new = np.ones(len(columns[0]), bool)
    new[1:] = columns[0][1:] != columns[0][:-1]
    for column in columns[1:]:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new).astype(np.int64, copy=False)


def run_sizes(starts: IntArray, n: int) -> IntArray:
    """How many of the `n` rows each run has, by where the runs begin.

    >>> run_sizes(np.array([0, 2, 3]), 4).tolist()
    [2, 1, 1]
    """
    return np.append(starts[1:], n)[: len(starts)] - starts
