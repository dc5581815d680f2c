"""The blend with `diversity` or `explore` as a model for `evaluate`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from basketweave.blend.diversity import LIKE, diverse
from basketweave.blend.explore import DEPTH, NEW, ListPlace, explored
from basketweave.blend.scores import BlendScores
from basketweave.errors import UsageError
from basketweave.graph.subgraph import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ArrangedScores:
    """Lists of `k` as they are served with `diversity` and `explore`.

    seed   explored places are drawn by it, and by the user's row
    """

    blend: BlendScores
    diversity: float = 0.0
    explore: float = 0.0
    k: int = 10
    seed: int = 0

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I): `k` for the first of a list, 1 for its last, else -inf."""
        scores = self.blend.score(users)
        out = np.full_like(scores, -np.inf)
        for row, user in enumerate(users):
            listed = self.listed(int(user), scores[row])
            out[row, listed] = np.arange(self.k, self.k - len(listed), -1)
        return out

    def listed(self, user: int, score: FloatArray) -> IntArray:
        """Positions of the items of a user's list, from the blend's scores (I,)."""
        return self.explored(user, score)[0]

    def explored(
        self, user: int, score: FloatArray
    ) -> tuple[IntArray, list[ListPlace]]:
        """The same, and for each item its place."""
        ranked = self._ranked(score)
        popularity = self.blend.sources.popularity[ranked]
        new = np.setdiff1d(self._new, ranked) if self.explore else ranked[:0]
        places = explored(
            popularity, len(new), self.k, self.explore, f"{self.seed} {user}"
        )
        return np.append(ranked, new)[[place.row for place in places]], places

    def _ranked(self, score: FloatArray) -> IntArray:
        """The best by score, the first `k` of them varied."""
        order = self.blend.sources.order
        some = np.flatnonzero(score > -np.inf)
        depth = max(2 * self.k, DEPTH)
        ranked = some[np.lexsort((order[some], -score[some]))][:depth]
        if self.diversity:
            first = diverse(
                score[ranked], self._vectors[ranked], self.k, self.diversity
            )
            ranked = np.append(ranked[first], np.delete(ranked, first))
        return ranked

    @cached_property
    def _vectors(self) -> FloatArray:
        spaces = self.blend.sources.spaces
        part = next((part for part in LIKE if part in spaces), None)
        if part is None:
            raise UsageError(
                "Diversity compares vectors: name an encoder for the blend."
            )
        return spaces[part].items.rows

    @cached_property
    def _new(self) -> IntArray:
        """The last of the items that nobody had."""
        sources = self.blend.sources
        had = np.unique(sources.repeat.item)
        return np.setdiff1d(np.arange(len(sources.popularity)), had)[-NEW:]
