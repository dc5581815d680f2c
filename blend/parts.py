"""The parts of a score: raw, and from 0 to 1 over one request's candidates.

    value = (raw / largest raw) ^ power            counts, walks, popularity
            ((cosine - lowest) / (highest - lowest)) ^ power    vector parts

where largest, lowest and highest are over the request's candidates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from basketweave.graph.subgraph import FloatArray, IntArray

VECTOR_PARTS = ("gnn", "sequence", "content")


@dataclass(frozen=True)
class Parts:
    """Raw parts of the candidates of several users, one entry a (user, item) pair.

    user (C,)   row of the user in the request, sorted
    item (C,)   position of the item
    raw         part -> (C,) float32
    """

    user: IntArray
    item: IntArray
    raw: Mapping[str, FloatArray]

    @cached_property
    def starts(self) -> IntArray:
        """Where each user's candidates start: users without any are left out."""
        new = np.ones(len(self.user), bool)
        new[1:] = self.user[1:] != self.user[:-1]
        return np.flatnonzero(new).astype(np.int64)

    @cached_property
    def sizes(self) -> IntArray:
        """How many candidates each of these users has."""
        return np.diff(self.starts, append=len(self.user))

    def values(self, power: float, scaled: bool = True) -> dict[str, FloatArray]:
        """Each part from 0 to 1 over its user's candidates, or as it is above 0."""
        return {
            name: (self._scaled(name, part) if scaled else np.maximum(part, 0))
            ** np.float32(power)
            for name, part in self.raw.items()
        }

    def _scaled(self, name: str, part: FloatArray) -> FloatArray:
        if not len(part):
            return part
        low = self._each(np.minimum, part) if name in VECTOR_PARTS else np.float32(0)
        span = self._each(np.maximum, part) - low
        return np.clip((part - low) / np.maximum(span, np.float32(1e-12)), 0, 1)

    def _each(self, ufunc: np.ufunc, part: FloatArray) -> FloatArray:
        return np.repeat(ufunc.reduceat(part, self.starts), self.sizes)
