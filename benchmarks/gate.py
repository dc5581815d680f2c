"""Complete Journey: weights of the blend by hour, weekday and activity, or not.

    python benchmarks/gate.py any                 # needs basketweave[demo]
    python benchmarks/gate.py new --test          # reads the test part, once

Asked is each household's next basket after a window begins, at the hour it was bought.
Gates learn on the three windows of 28 days before the validation window, which chooses
the epoch. Prints collapse and cure, every ablation with its interval, and draws the
entropies into gate-entropy.png.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from basketweave import connect
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources, with_settings
from basketweave.choosing.sides import fitted
from basketweave.choosing.weights import learn
from basketweave.cli.demo import FILTER
from basketweave.content.attributes import encode_attributes
from basketweave.evaluation import Scores, Split, evaluate, time_split
from basketweave.fusion import (
    GateConfig,
    GatedScores,
    NextBaskets,
    Requests,
    TrainedGate,
    train_gate,
)
from basketweave.graph.known import Known
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables
from basketweave.training import train

PARTS = ("repeat", "graph", "popularity", "gnn", "content")
Side = tuple[Sources, NextBaskets]


def main() -> None:
    known: Known = "new" if "new" in sys.argv else "any"
    full = journey()
    sides = windows(full, 5)  # the test, validation, and three to learn from
    learned = learn([(s, b.split) for s, b in sides[2:]], known)
    print(f"static, by search: {dict(learned.weights)}, power {learned.power}")
    sides = [(with_settings(s, power=learned.power), b) for s, b in sides]
    asked = [
        Requests.of(s, b, known, parts(known), learned.power) for s, b in sides[1:]
    ]
    gates = {name: gate(asked, name) for name in variants(known)}
    curves(gates)
    for part in ("validation", *(["test"] if "--test" in sys.argv else [])):
        show(sides[part == "validation"], gates, learned.weights, known, part)


def windows(full: Subgraph, n: int) -> list[Side]:
    """The last window, the one before it, and so on: what was known, and asked."""
    out, later = [], full
    for _ in range(n):
        split: Split = time_split(later, days=28)
        vectors = [train(split.train, FILTER).vectors, encode_attributes(split.train)]
        sources = fitted(split, vectors, BlendSettings()).sources
        out.append((sources, NextBaskets.of(split, later.events[split.kind])))
        later = split.train
    return out


def parts(known: Known) -> tuple[str, ...]:
    return PARTS if known == "any" else PARTS[1:]


def variants(known: Known) -> list[str]:
    less = [f"gate without {part}" for part in parts(known)]
    return ["gate", "gate, plain and large", "gate without context", *less]


def gate(asked: list[Requests], name: str) -> TrainedGate:
    config = GateConfig()
    if name == "gate, plain and large":
        config = config.collapsing()
    if name == "gate without context":
        asked = [one.blind() for one in asked]
    elif "without" in name:
        asked = [one.without(name.rpartition(" ")[2]) for one in asked]
    found = train_gate(asked[1:], config, validation=asked[0])
    mean = ", ".join(f"{part} {weight:.2f}" for part, weight in found.mean.items())
    print(
        f"{name}: epoch {found.best_epoch}, largest weight {found.largest:.2f}, "
        f"entropy {found.entropies[0]:.2f} -> {found.entropies[-1]:.2f}; {mean}"
    )
    return found


def curves(gates: dict[str, TrainedGate]) -> None:
    figure, axes = plt.subplots(figsize=(6, 3))
    for name in ("gate", "gate, plain and large"):
        axes.plot(
            np.arange(len(gates[name].entropies)) + 1, gates[name].entropies, label=name
        )
    axes.set(xlabel="epoch", ylabel="entropy of the weights", ylim=(0, 1))
    axes.legend()
    figure.savefig("gate-entropy.png", bbox_inches="tight")


def show(
    side: Side,
    gates: dict[str, TrainedGate],
    weights: Mapping[str, float],
    known: Known,
    part: str,
) -> None:
    sources, baskets = side
    models: dict[str, Scores] = {
        f"part: {p}": BlendScores(sources, {p: 1.0}, known) for p in parts(known)
    }
    models["static weights"] = BlendScores(sources, weights, known)
    for name, found in gates.items():
        contexts = baskets.contexts * (name != "gate without context")
        models[name] = GatedScores.of(found.gate, sources, contexts, known)
    report = evaluate(models, baskets.under(known), ks=(10,))
    print(f"{part}: {len(report.split)} next baskets, known={known}")
    for name in models:
        gain = report.difference("gate", name)
        print(f"  {name:24s} NDCG@10 {report.value(name):.4f}  gate beyond it {gain}")


def journey() -> Subgraph:
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "journey.lbug") as store,
    ):
        store.load(load_tables("complete_journey"))
        return store.export()


if __name__ == "__main__":
    main()
