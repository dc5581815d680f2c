"""Complete Journey: what sequence and content add to the blend.

    python benchmarks/complete_journey.py           # the window before the test
    python benchmarks/complete_journey.py --test    # the test window, once

Every vector is trained on what lies before the window it is asked about; weights are
learnt on the three windows of 28 days before it. Trained vectors are kept in
`--folder`. SASRec is small and runs for one epoch: with 64 dimensions the second was
worse on the window before the test.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from basketweave import connect
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources, with_settings
from basketweave.choosing.sides import fitted
from basketweave.choosing.weights import learn
from basketweave.cli.demo import FILTER
from basketweave.encoders.registry import configured
from basketweave.evaluation import Scores, Split, evaluate, time_split
from basketweave.graph.known import Known
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.loaders import load_tables
from basketweave.training import train

ENCODERS = {
    "gnn": FILTER,
    "sequence": configured(
        "sasrec",
        dim=32,
        epochs=1,
        batch=8192,
        negatives=2048,
        dropout=0.2,
        learning_rate=0.004,
    ),
    "content": configured("attributes"),
}
BLENDS = {
    "blend of graph and vectors": ("gnn",),
    "with sequence": ("gnn", "sequence"),
    "with content": ("gnn", "content"),
    "with both": ("gnn", "sequence", "content"),
}
Window = tuple[Sources, Split]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(".basketweave/journey"))
    asked = parser.parse_args()
    full = journey(asked.folder)
    first = 0 if asked.test else 1
    windows = [window(full, n, asked.folder) for n in range(first, first + 4)]
    for known in ("new", "any"):
        show(windows, known)


def journey(folder: Path) -> Subgraph:
    folder.mkdir(parents=True, exist_ok=True)
    with connect(folder / "journey.lbug") as store:
        if store.dataset() is None:
            store.load(load_tables("complete_journey"))
        return store.export()


def window(full: Subgraph, n: int, folder: Path) -> Window:
    """The n-th window from the end, and what was known before it; 0 is the test."""
    split = time_split(full, days=28)
    for _ in range(n):
        split = time_split(split.train, days=28)
    found = [
        vectors(split.train, part, folder / f"{part}-{n}.npz") for part in ENCODERS
    ]
    return fitted(split, found, BlendSettings()).sources, split


def vectors(past: Subgraph, part: str, path: Path) -> Vectors:
    if not path.exists():
        started = time.perf_counter()
        save_vectors(train(past, ENCODERS[part]).vectors, path)
        print(f"{path.name}: {time.perf_counter() - started:.0f} s", flush=True)
    return load_vectors(path)


def show(windows: list[Window], known: Known) -> None:
    (now, asked), earlier = windows[0], windows[1:]
    models: dict[str, Scores] = {}
    for name, parts in BLENDS.items():
        weights = dict.fromkeys(parts, 1.0)
        found = learn([(s.weighed(weights), split) for s, split in earlier], known)
        print(
            f"{known}, {name}: {dict(found.weights)}, power {found.power}", flush=True
        )
        own = with_settings(now.weighed(weights), power=found.power)
        models[name] = BlendScores(own, found.weights, known)
    report = evaluate(models, asked, ks=(10,), known=known)
    for name in models:
        print(f"{known}: {name:28s} NDCG@10 {report.interval(name)}", flush=True)
    first, *others = models
    for name in others:
        print(f"{known}: {name} beyond {first}: {report.difference(name, first)}")


if __name__ == "__main__":
    main()
