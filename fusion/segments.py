"""Weights of the blend for people of different activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.blend.scores import BlendScores
from basketweave.blend.sources import Sources, with_settings
from basketweave.choosing.weights import Learned, learn
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.progress import SILENT, Progress

BOUNDS = (3, 10, 30)
"""The last activity of each segment but the highest: at most 3, 4-10, 11-30, more."""


@dataclass(frozen=True)
class SegmentWeights:
    """Weights for each segment; `everyone` serves segments with too few to learn."""

    bounds: tuple[int, ...]
    everyone: Learned
    each: Mapping[int, Learned]

    def segment(self, events: IntArray) -> IntArray:
        """The segment (Q,) of people by their number of events (Q,), counted from 0."""
        return np.searchsorted(self.bounds, events).astype(np.int64)

    def weights(self, events: int) -> Mapping[str, float]:
        """Part -> weight for a person with `events` events, as `recommend(weights=…)`
        takes it."""
        return self.of(int(self.segment(np.array([events]))[0])).weights

    def of(self, segment: int) -> Learned:
        """The weights learnt for one segment, or those for everyone where it has none."""
        return self.each.get(segment, self.everyone)

    def names(self) -> list[str]:
        """The segments in words.

        >>> SegmentWeights((3, 10), None, {}).names()  # type: ignore[arg-type]
        ['at most 3', '4-10', 'more than 10']
        """
        middle = zip(self.bounds, self.bounds[1:], strict=False)
        return [
            f"at most {self.bounds[0]}",
            *(f"{low + 1}-{high}" for low, high in middle),
            f"more than {self.bounds[-1]}",
        ]


def learn_segments(
    windows: Sequence[tuple[Sources, Split]],
    known: Known,
    *,
    bounds: tuple[int, ...] = BOUNDS,
    least: int = 50,
    progress: Progress = SILENT,
) -> SegmentWeights:
    """Learn weights for everyone, and for each segment with `least` people or more.

    All at one power, that of everyone: what is published has one.
    """
    everyone = learn(windows, known, progress=progress)
    found = SegmentWeights(bounds, everyone, {})
    each = {}
    for segment in range(len(bounds) + 1):
        own = [
            (s, _members(found, split.under(known), segment)) for s, split in windows
        ]
        if min(len(split) for _, split in own) >= least:
            powers = (everyone.power,)
            each[segment] = learn(own, known, powers=powers, progress=progress)
    return SegmentWeights(bounds, everyone, each)


def _members(found: SegmentWeights, split: Split, segment: int) -> Split:
    return split.only(np.flatnonzero(found.segment(split.activity) == segment))


@dataclass(frozen=True)
class SegmentScores:
    """The blend under each user's segment's weights, as a model for `evaluate`.

    events (U,)   how many events each user has
    """

    sources: Sources
    weights: SegmentWeights
    events: IntArray
    known: Known

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of each user's candidates; -inf at all other items."""
        segment = self.weights.segment(self.events[users])
        sources = with_settings(self.sources, power=self.weights.everyone.power)
        out = np.empty((len(users), len(sources.popularity)), np.float32)
        for one in np.unique(segment):
            rows = np.flatnonzero(segment == one)
            weights = self.weights.of(int(one)).weights
            out[rows] = BlendScores(sources, weights, self.known).score(users[rows])
        return out
