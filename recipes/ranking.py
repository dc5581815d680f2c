"""A ranking experiment: every model under one protocol, for each seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basketweave.baselines.registry import OWN
from basketweave.choosing.windows import Windows
from basketweave.evaluation import Report, Split, evaluate
from basketweave.graph.known import Known
from basketweave.progress import SILENT, Progress
from basketweave.recipes.blends import Blended, Blends
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.models import Workshop
from basketweave.recipes.sampled import among
from basketweave.recipes.sides import Fitted, Sides
from basketweave.tracking import UNTRACKED, Tracker


@dataclass(frozen=True)
class Outcome:
    """The results of a ranking experiment for one seed.

    reports   the test figures of every model, one report for each `known`
    chosen    label -> what was chosen on validation
    blends    label -> blend; the experiment's own has the label `blend`
    """

    reports: Sequence[Report]
    chosen: Mapping[str, Mapping[str, Any]]
    blends: Mapping[str, Blended]


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
    chosen = {label: dict(s.chosen) for label, s in made.items() if s.chosen}
    learner = Blends(experiment, windows, made, progress)
    blends = {label: learner.learn(b) for label, b in experiment.blends.items()}
    reports: list[Report] = []
    for known in experiment.protocol.asked:
        for label, blended in blends.items():
            name = f"{label}, {known}" if reports else label
            chosen[name] = blended.chosen(known)
        reports.append(_ranked(experiment, windows.test, made, blends, known, progress))
    return Outcome(reports, chosen, blends)


def _ranked(
    experiment: Experiment,
    test: Split,
    made: Mapping[str, Sides],
    blends: Mapping[str, Blended],
    known: Known,
    progress: Progress,
) -> Report:
    asked, models = experiment.protocol, _models(experiment, made, blends, known)
    known = test.known if test.prefixes is not None else known
    if asked.users:
        test = test.under(known).drawn(asked.users)
    if asked.sampled:
        test = test.under(known)
        models = {**among(models, test, asked.sampled)}
    return evaluate(models, test, asked.ks, known=known, progress=progress)


def _models(
    experiment: Experiment,
    made: Mapping[str, Sides],
    blends: Mapping[str, Blended],
    known: Known,
) -> dict[str, Fitted]:
    """All that can answer: of what is new, those that know only own items say nothing."""
    models: dict[str, Fitted] = {
        label: sides.at(0)
        for label, sides in made.items()
        if known != "new" or experiment.models[label].baseline not in OWN
    }
    for label, blended in blends.items():
        if label == "blend":
            assert experiment.blend is not None
            models |= blended.contenders(known, experiment.blend.ablations)
        else:
            models[label] = blended.scores(known)
    return models
