"""Exact nearest neighbours in memory: the matrix of a live version, times a vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import ModelVersion, Vectors

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class VectorIndex:
    """One version's vectors in memory; it never changes, also when another goes live.

    Use one index for a whole request, so that positions and ids are of one version.
    """

    version: ModelVersion
    vectors: Vectors

    @property
    def item_ids(self) -> pl.Series:
        """The item ids (I,): the id at each position."""
        return self.vectors.items

    def nearest(self, vector: FloatArray, n: int) -> tuple[Positions, FloatArray]:
        """Positions and cosines (n,) of the items nearest to a unit vector (d,).

        Best first, ties by position; fewer than `n` where there are fewer items.
        """
        cosines = self.vectors.item_vectors @ np.asarray(vector, np.float32)
        n = min(n, len(cosines))
        if n <= 0:
            return np.empty(0, np.intp), np.empty(0, np.float32)
        floor = np.partition(cosines, len(cosines) - n)[len(cosines) - n]
        found = np.flatnonzero(cosines >= floor)
        best = found[np.lexsort((found, -cosines[found]))][:n]
        return best, cosines[best]

    def user_vector(self, user: str) -> FloatArray | None:
        """The user's unit vector (d,); None where the version has none."""
        row = self._user_rows.get(user)
        return None if row is None else self.vectors.user_vectors[row]

    def item_vectors(self, items: Sequence[str]) -> dict[str, FloatArray]:
        """The unit vectors (d,) by item id; items without a vector are left out."""
        rows = self._item_rows
        return {i: self.vectors.item_vectors[rows[i]] for i in items if i in rows}

    @cached_property
    def _user_rows(self) -> dict[str, int]:
        return {user: row for row, user in enumerate(self.vectors.users)}

    @cached_property
    def _item_rows(self) -> dict[str, int]:
        return {item: row for row, item in enumerate(self.vectors.items)}
