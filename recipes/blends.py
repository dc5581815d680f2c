"""The blends of an experiment: learned before the test window, as each would be served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from basketweave.blend.rows import Rows
from basketweave.blend.scores import BlendScores
from basketweave.blend.sources import with_settings
from basketweave.choosing.sides import Fitted, choose, contenders, fitted
from basketweave.choosing.weights import Learned
from basketweave.choosing.windows import Windows
from basketweave.evaluation import Scores, Split
from basketweave.graph.derive import DeriveConfig, Derived
from basketweave.graph.known import Known
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.recipes.experiment import BlendPlan, Experiment
from basketweave.recipes.sides import Fitted as Model
from basketweave.recipes.sides import Sides

AT_ONCE = 256
"""Users whose scores of all items are in memory at a time."""


@dataclass(frozen=True)
class Blended:
    """A blend whose encoders and weights are chosen.

    side      what the blend knows before the test window
    learned   the weights and power for each `known`
    tried     encoders -> the NDCG@10 of their blend on validation; empty without choice
    """

    side: Fitted
    learned: Mapping[Known, Learned]
    tried: Mapping[str, Mapping[Known, float]]

    def scores(self, known: Known) -> BlendScores:
        """The blend as a model to evaluate."""
        found = self.learned[known]
        sources = with_settings(self.side.sources, power=found.power)
        return BlendScores(sources, found.weights, known)

    def contenders(self, known: Known, ablations: bool) -> dict[str, BlendScores]:
        """Models by label: each part alone, the blend, and the blend less each part.

        The blend less a part is left out without `ablations`.
        """
        models = contenders(self.side, self.learned, known)
        whole = models["blend"]
        used = {part: w for part, w in whole.weights.items() if w > 0}
        for part in used if ablations and len(used) > 1 else ():
            rest = {other: weight for other, weight in used.items() if other != part}
            models[f"blend without {part}"] = replace(whole, weights=rest)
        return models

    def chosen(self, known: Known) -> dict[str, Any]:
        """The chosen weights, power and encoders, for the report."""
        found = self.learned[known]
        told = {
            "weights": found.weights,
            "power": found.power,
            "validation NDCG@10": found.ndcg,
        }
        return {**told, **({"tried": self.tried} if self.tried else {})}


@dataclass(frozen=True)
class Blends:
    """Learns the blends of one experiment from its models."""

    experiment: Experiment
    windows: Windows
    made: Mapping[str, Sides]
    progress: Progress = SILENT
    _derived: dict[tuple[int, DeriveConfig], Derived] = field(default_factory=dict)

    def learn(self, blend: BlendPlan) -> Blended:
        """Choose encoders on validation, then weights on `blend.windows` windows."""
        best, *others = blend.choices
        tried: dict[tuple[str, ...], dict[Known, float]] = {}
        if others:
            for names in blend.choices:
                learned = self._learned(blend, names, 1)
                tried[names] = {known: found.ndcg for known, found in learned.items()}
            best = max(tried, key=lambda names: sum(tried[names].values()))
        learned = self._learned(blend, best, blend.windows)
        told = {" and ".join(names): reached for names, reached in tried.items()}
        return Blended(self.side(blend, best, 0), learned, told)

    def side(self, blend: BlendPlan, encoders: tuple[str, ...], n: int) -> Fitted:
        """What a blend knows before the `n`-th window; window 0 is the test's."""
        split, key = self.windows.at(n), (n, blend.derive)
        vectors = [self._vectors(label, n) for label in encoders]
        side = fitted(
            split, vectors, blend.settings, blend.derive, self._derived.get(key)
        )
        self._derived[key] = side.derived
        if blend.repeat is None:
            return side
        repeat = _own(self.made[blend.repeat].at(n), split)
        sources = replace(side.sources, repeat=repeat, _kept={}, _without={})
        return replace(side, sources=sources)

    def _learned(
        self, blend: BlendPlan, encoders: tuple[str, ...], windows: int
    ) -> dict[Known, Learned]:
        sides = [self.side(blend, encoders, n) for n in range(1, windows + 1)]
        return choose(sides, self.experiment.protocol.asked, self.progress, blend.users)

    def _vectors(self, label: str, n: int) -> Vectors:
        of = self.made[label].vectors
        assert of is not None, "an encoder has vectors"
        return of(n)


def _own(model: Model, split: Split) -> Rows:
    """What a model says of the items that each user had."""
    had = split.past.interactions(split.kind)
    users = np.arange(had.shape[0])
    assert isinstance(model, Scores), "a baseline scores people"
    scores = []
    for block in np.array_split(users, len(users) // AT_ONCE + 1):
        rows = had[block].tocoo()
        scores.append(model.score(block)[rows.row, rows.col])
    pairs = had.tocoo()
    item, user = (at.astype(np.int64) for at in (pairs.col, pairs.row))
    return Rows.of(len(users), user, item, np.concatenate(scores))
