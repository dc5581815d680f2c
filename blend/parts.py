"""The parts of a score: raw, and scaled to 0 to 1 over one request's candidates.

    value = (raw / largest raw) ^ power            counts, walks, popularity
            ((cosine - lowest) / (highest - lowest)) ^ power    vector parts

where largest, lowest and highest are over the request's candidates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from basketweave.graph.runs import run_sizes, run_starts
from basketweave.graph.subgraph import FloatArray, IntArray

VECTOR_PARTS = ("gnn", "sequence", "content")


@dataclass(frozen=True)
class Parts:
    """Raw parts of the candidates of several users: one entry for each pair.

    user (C,)   row of the user in the request, sorted
    item (C,)   position of the item
    raw         part -> (C,) float32
    """

    user: IntArray
    item: IntArray
    raw: Mapping[str, FloatArray]

    @cached_property
    def starts(self) -> IntArray:
        """Where each user's candidates start; users without candidates are left out."""
        return run_starts(self.user)

    @cached_property
    def sizes(self) -> IntArray:
        """How many candidates each of these users has."""
        return run_sizes(self.starts, len(self.user))

    def values(self, power: float, scaled: bool = True) -> dict[str, FloatArray]:
        """The values (C,) of each part.

        Where `scaled`, they go from 0 to 1 over each user's candidates; otherwise they
        are the raw parts, with those below 0 set to 0. Both are raised to `power`.
        """
        raw = np.stack(list(self.raw.values()))
        if scaled and raw.size:
            raw = self._scaled(raw)
        return dict(zip(self.raw, np.maximum(raw, 0) ** np.float32(power), strict=True))

    def _scaled(self, raw: FloatArray) -> FloatArray:
        """All parts (P, C) at once: a request's arrays are short, so calls cost most."""
        vectors = np.array([[name in VECTOR_PARTS] for name in self.raw])
        low = np.where(
            vectors, np.minimum.reduceat(raw, self.starts, axis=1), np.float32(0)
        )
        span = np.maximum.reduceat(raw, self.starts, axis=1) - low
        low, span = (np.repeat(each, self.sizes, axis=1) for each in (low, span))
        return np.minimum((raw - low) / np.maximum(span, np.float32(1e-12)), 1)
