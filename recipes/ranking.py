"""A ranking experiment: every model under one protocol, for each seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from basketweave.blend.scores import BlendScores
from basketweave.blend.sources import with_settings
from basketweave.choosing.sides import Fitted as Side
from basketweave.choosing.sides import choose, contenders, fitted
from basketweave.choosing.weights import Learned
from basketweave.choosing.windows import Windows
from basketweave.evaluation import Report, evaluate
from basketweave.graph.known import Known
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.recipes.models import Workshop
from basketweave.recipes.recipe import Experiment
from basketweave.recipes.sampled import among
from basketweave.recipes.sides import Fitted, Sides
from basketweave.tracking import UNTRACKED, Tracker


@dataclass(frozen=True)
class Outcome:
    """What a ranking experiment gave, for one seed.

    report    the test figures of every model
    chosen    label -> what was chosen on validation
    vectors   of the blend's encoders, to publish, and the weights learnt
    side      what the blend knew before the test window
    """

    report: Report
    chosen: Mapping[str, Mapping[str, Any]]
    vectors: list[Vectors] = field(default_factory=list)
    learned: Mapping[Known, Learned] = field(default_factory=dict)
    side: Side | None = None


def run_ranking(
    experiment: Experiment,
    windows: Windows,
    folder: Path,
    seed: int,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> Outcome:
    """Fit, choose on validation, and rank the test part once."""
    made = Workshop(experiment, windows, folder, seed, progress, tracker).fit()
    models: dict[str, Fitted] = {label: sides.test for label, sides in made.items()}
    chosen = {label: dict(s.chosen) for label, s in made.items() if s.chosen}
    vectors: list[Vectors] = []
    learned: Mapping[Known, Learned] = {}
    side: Side | None = None
    if experiment.blend is not None:
        learned, side = _blend(experiment, windows, made, progress)
        models |= _contenders(experiment, side, learned)
        vectors = list(side.vectors)
        known = experiment.protocol.known
        chosen["blend"] = {
            "weights": learned[known].weights,
            "power": learned[known].power,
            "validation NDCG@10": learned[known].ndcg,
        }
    asked, test = experiment.protocol, windows.test
    known = test.known if test.prefixes is not None else asked.known
    if asked.users:
        test = test.under(known).drawn(asked.users)
    if asked.sampled:
        test = test.under(known)
        models = {**among(models, test, asked.sampled)}
    report = evaluate(models, test, asked.ks, known=known, progress=progress)
    return Outcome(report, chosen, vectors, learned, side)


def _blend(
    experiment: Experiment,
    windows: Windows,
    made: Mapping[str, Sides],
    progress: Progress,
) -> tuple[Mapping[Known, Learned], Side]:
    """Weights learnt on validation, and the parts before the test window."""
    assert experiment.blend is not None
    pairs = [made[label].vectors for label in experiment.blend.encoders]
    held = [pair for pair in pairs if pair is not None]
    settings = experiment.blend.settings
    before = fitted(windows.validation, [pair[0] for pair in held], settings)
    powers = None if settings.scaled else (1.0,)
    learned = choose(before, (experiment.protocol.known,), progress, powers=powers)
    return learned, fitted(windows.test, [pair[1] for pair in held], settings)


def _contenders(
    experiment: Experiment, side: Side, learned: Mapping[Known, Learned]
) -> dict[str, Fitted]:
    """The blend, its parts alone, and the blend without each of them."""
    assert experiment.blend is not None
    known = experiment.protocol.known
    models: dict[str, Fitted] = dict(contenders(side, learned, known))
    if not experiment.blend.ablations:
        return models
    found = learned[known]
    parts = with_settings(side.sources, power=found.power)
    used = {part: weight for part, weight in found.weights.items() if weight > 0}
    for part in used if len(used) > 1 else ():
        rest = {other: weight for other, weight in used.items() if other != part}
        models[f"blend without {part}"] = BlendScores(parts, rest, known)
    return models
