"""A gate experiment: weights of the blend by context, its collapse, and its cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from basketweave.blend.scores import BlendScores
from basketweave.blend.sources import Sources, with_settings
from basketweave.choosing.weights import learn
from basketweave.choosing.windows import windows_of
from basketweave.evaluation import Report, Scores, evaluate
from basketweave.fusion import (
    GateConfig,
    GatedScores,
    NextBaskets,
    Requests,
    TrainedGate,
    learn_segments,
    train_gate,
)
from basketweave.fusion.segments import SegmentScores
from basketweave.graph.known import Known
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.recipes.blends import Blends
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.models import Workshop
from basketweave.recipes.table import Table, table

Side = tuple[Sources, NextBaskets]
EARLIER = 3
"""Windows before the validation window, on which gates and static weights learn."""


def run_gate(
    experiment: Experiment,
    full: Subgraph,
    folder: Path,
    pictures: Path,
    progress: Progress = SILENT,
) -> Table:
    """Each household's next basket after the test window begins, at its own hour.

    folder, pictures   where the vectors are kept, and the curve of the entropies
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = experiment.protocol.known
    sides = _windows(experiment, full, folder, progress)
    learned = learn([(s, b.split) for s, b in sides[2:]], known, progress=progress)
    parts = [part for part, weight in learned.weights.items() if weight > 0]
    sides = [(with_settings(s, power=learned.power), b) for s, b in sides]
    asked = [Requests.of(s, b, known, parts, learned.power) for s, b in sides[1:]]
    trained = {
        name: _train(experiment, name, asked, progress) for name in _variants(parts)
    }
    models = _models(sides, trained, learned.weights, known, progress)
    report = evaluate(
        models,
        sides[0][1].under(known),
        experiment.protocol.ks,
        known=known,
        progress=progress,
    )
    curve(trained).savefig(pictures / "gate-entropy.png", dpi=150)
    return _table(experiment, report, trained)


def _windows(
    experiment: Experiment, full: Subgraph, folder: Path, progress: Progress
) -> list[Side]:
    """The test window, the validation window, and the earlier ones."""
    assert experiment.blend is not None, "a gate weighs the parts of a blend"
    asked, blend = experiment.protocol, experiment.blend
    windows = windows_of(full, days=asked.days, kind=asked.kind)
    made = Workshop(experiment, windows, folder, experiment.seeds[0], progress).fit()
    blends, out, later = Blends(experiment, windows, made, progress), [], full
    for n in range(2 + EARLIER):
        side = blends.side(blend, blend.choices[0], n)
        out.append((side.sources, NextBaskets.of(side.split, later.events[asked.kind])))
        later = side.split.train
    return out


def _variants(parts: Sequence[str]) -> list[str]:
    less = [f"gate without {part}" for part in parts] if len(parts) > 2 else []
    return ["gate", "gate, plain and large", "gate without context", *less]


def _train(
    experiment: Experiment, name: str, asked: Sequence[Requests], progress: Progress
) -> TrainedGate:
    config = GateConfig(**experiment.gate)
    if name == "gate, plain and large":
        config = config.collapsing()
    elif name == "gate without context":
        asked = [one.blind() for one in asked]
    elif name != "gate":
        asked = [one.without(name.rpartition(" ")[2]) for one in asked]
    seed = experiment.seeds[0]
    return train_gate(
        asked[1:], config, validation=asked[0], seed=seed, progress=progress
    )


def _models(
    sides: Sequence[Side],
    trained: Mapping[str, TrainedGate],
    weights: Mapping[str, float],
    known: Known,
    progress: Progress,
) -> dict[str, Scores]:
    sources, baskets = sides[0]
    models: dict[str, Scores] = {
        f"part: {part}": BlendScores(sources, {part: 1.0}, known)
        for part, weight in weights.items()
        if weight > 0
    }
    models["static weights"] = BlendScores(sources, weights, known)
    earlier = [(s, b.split) for s, b in sides[2:]]
    found = learn_segments(earlier, known, progress=progress)
    activity = baskets.split.train.interactions().sum(axis=1)
    models["weights by activity"] = SegmentScores(
        sources, found, np.asarray(activity, np.int64).ravel(), known
    )
    for name, gate in trained.items():
        contexts = baskets.contexts * (name != "gate without context")
        models[name] = GatedScores.of(gate.gate, sources, contexts, known)
    return models


def _table(
    experiment: Experiment, report: Report, trained: Mapping[str, TrainedGate]
) -> Table:
    metrics = list(experiment.protocol.metrics)
    told = [
        _verdict(report, other, metrics[0])
        for other in ("static weights", "gate, plain and large")
    ]
    chosen: dict[str, Any] = {
        name: {
            "epoch": gate.best_epoch,
            "largest weight": gate.largest,
            "entropy at first": gate.entropies[0],
            "entropy at last": gate.entropies[-1],
            "mean weights": dict(gate.mean),
        }
        for name, gate in trained.items()
    }
    found = table(metrics, [report], chosen)
    return replace(found, told=told, pictures=["gate-entropy.png"])


def _verdict(report: Report, other: str, metric: str) -> str:
    gain = report.difference("gate", other, metric)
    word = "beats" if gain.low > 0 else "does not clearly beat"
    return f"The gate {word} {other}: {gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})."


def curve(trained: Mapping[str, TrainedGate]) -> Figure:
    """The mean entropy of the weights by epoch: 1 all equal, 0 one part alone."""
    figure = Figure(figsize=(6.5, 3))
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    for name in ("gate", "gate, plain and large"):
        entropies = trained[name].entropies
        axes.plot(np.arange(len(entropies)) + 1, entropies, label=name)
    axes.set(xlabel="epoch", ylabel="entropy of the weights", ylim=(0, 1.02))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return figure
