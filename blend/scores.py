"""The blend and its parts as models for `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from basketweave.blend.candidates import Offer
from basketweave.blend.score import blend
from basketweave.blend.sources import Sources
from basketweave.graph.known import Known
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray
from basketweave.graph.vectors import Vectors


@dataclass(frozen=True)
class BlendScores:
    """The blend as a model for `evaluate`: `score(users)` gives (B, I).

    allowed (I,)   false where a rule leaves an item out; None: there are no rules
    """

    sources: Sources
    weights: Mapping[str, float]
    known: Known
    allowed: BoolArray | None = None

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of each user's candidates; -inf at all other items."""
        sources = self.sources.weighed(self.weights)
        if self.allowed is None:
            parts = sources.parts(users, self.known)
        else:
            parts = sources.compute(users, Offer(self.known, allowed=self.allowed))
        out = np.full((len(users), len(sources.popularity)), -np.inf, np.float32)
        s = sources.settings
        out[parts.user, parts.item] = blend(parts, self.weights, s.power, s.scaled)
        return out


@dataclass(frozen=True)
class VectorScores:
    """Cosines alone, as a model for `evaluate`.

    The vectors must be in the order of the subgraph's ids.
    """

    vectors: Vectors

    def score(self, users: IntArray) -> FloatArray:
        """Cosines (B, I) of these users with every item."""
        return self.vectors.user_vectors[users] @ self.vectors.item_vectors.T
