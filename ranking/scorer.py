"""`Scorer`: a model that cannot be split into two vectors, and re-ranks candidates."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from basketweave.graph.subgraph import FloatArray, IntArray


@runtime_checkable
class Scorer(Protocol):
    """A fitted model of pairs; users and items are positions in its subgraph."""

    def score_pairs(self, users: IntArray, items: IntArray) -> FloatArray:
        """Scores (B, C) of each user (B,) with candidates of their own (B, C)."""
        ...

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item, for full rankings."""
        ...
