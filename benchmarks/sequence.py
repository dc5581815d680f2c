"""Sequence encoders on Amazon Beauty (leave-one-out) and RetailRocket (sessions).

    python benchmarks/sequence.py                         # SASRec on Beauty, 3 seeds
    python benchmarks/sequence.py --model gru4rec --seeds 0
    python benchmarks/sequence.py --data retailrocket
    python benchmarks/sequence.py --set dim=128 --validate

BASKETWEAVE_DATA names the data folder. Full ranking; ties at their expected rank;
seen items are masked on Beauty, not in sessions. The first seed trains until the
validation is no better (Beauty: the item before the last; RetailRocket: the last item of
the last tenth of the train sessions); then every seed trains with so many epochs on all
that stands before the test. Finished epochs are kept under --folder, and a stopped run
goes on from there. `--validate` leaves the test alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from basketweave import connect
from basketweave.encoders.registry import configured
from basketweave.evaluation import Split, evaluate, given_sessions, leave_one_out
from basketweave.graph.schema import VIEWED
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.loaders import load_tables, retailrocket_test
from basketweave.sequence import HistoryReader, SequenceConfig
from basketweave.training import Trained, train
from basketweave.training.validation import CosineScores

SETTINGS: dict[str, dict[str, Any]] = {
    "beauty": {"epochs": 10, "patience": 1},
    "retailrocket": {"kind": "VIEWED", "dropout": 0.2, "patience": 1},
}
WIDE: dict[str, Any] = {"dim": 128}
METRICS = {
    "beauty": ("Recall@10", "NDCG@10"),
    "retailrocket": ("Recall@20", "MRR@20", "Recall@10", "MRR@10"),
}


@dataclass(frozen=True)
class Question:
    """What one data set asks; `choosing` and `test` are its splits."""

    name: str
    choosing: Split
    test: Split

    def figures(self, split: Split, trained: Trained) -> dict[str, float]:
        """The metrics of a trained encoder, asked with what `split.train` knows."""
        subgraph, encoder = split.train, trained.encoder
        model = (
            CosineScores(encoder.encode(subgraph))
            if split.prefixes is None
            else HistoryReader(encoder, subgraph)
        )
        report = evaluate({"m": model}, split, ks=(10, 20))
        return {metric: report.value("m", metric) for metric in METRICS[self.name]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", choices=list(SETTINGS), default="beauty")
    parser.add_argument("--model", choices=["sasrec", "gru4rec"], default="sasrec")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--epochs", type=int, help="train so many, choose nothing")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(".basketweave/sequence"))
    told = parser.parse_args()
    settings = WIDE | SETTINGS[told.data]
    if told.model == "sasrec":
        settings["heads"] = 4
    for name, _, value in (one.partition("=") for one in told.set):
        settings[name] = json.loads(value)
    config = configured(told.model, **settings)
    assert isinstance(config, SequenceConfig)
    question = question_of(told.data, load(told.data))
    print(f"{question.choosing}\n{question.test}\n{config!r}", flush=True)
    epochs, folder = told.epochs, told.folder
    if not epochs:
        chosen = choose(question, config, told.seeds[0], folder)
        epochs = chosen.best_epoch
        if not told.validate:
            strict = question.figures(question.test, chosen)
            show("test, trained without the validation", strict)
    if told.validate:
        return
    config = config.ending_after(epochs)
    rows = [test(question, config, seed, folder) for seed in told.seeds]
    show(f"test, {epochs} epochs, mean of {len(rows)} seeds", _mean(rows))


def load(name: str) -> Subgraph:
    """The data by way of a store, as an application would have it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "graph.lbug") as store,
    ):
        store.load(load_tables(name))
        return store.export()


def question_of(name: str, graph: Subgraph) -> Question:
    if name == "beauty":
        test = leave_one_out(graph)
        return Question(name, leave_one_out(test.train).under(), test.under())
    return Question(
        name, _last_clicks(graph), given_sessions(graph, retailrocket_test())
    )


def _last_clicks(graph: Subgraph, share: float = 0.1) -> Split:
    """The last click of each of the last sessions; what stood before it is train."""
    split = leave_one_out(graph, known="any", kind=VIEWED).under()
    first = int(graph.shape[0] * (1 - share))
    events = graph.events[VIEWED]
    last = np.diff(events.user, append=-1) != 0
    train = replace(graph, events={VIEWED: events.where(~last | (events.user < first))})
    rows = np.flatnonzero((split.users >= first) & (split.activity > 1))
    return replace(split.only(rows), train=train)


def choose(
    question: Question, config: SequenceConfig, seed: int, folder: Path
) -> Trained:
    """Train until the validation is no better."""
    split = question.choosing
    chosen = train(
        split.train,
        config,
        validation=_measure(split),
        seed=seed,
        checkpoint=folder / f"{question.name}-{config.name}-{seed}-choosing.pt",
    )
    curve = " ".join(f"{epoch.ndcg or 0:.4f}" for epoch in chosen.curve)
    each = chosen.seconds / max(len(chosen.curve), 1)
    print(f"NDCG@10 {curve} ({each:.0f} s an epoch with validation)", flush=True)
    show(f"seed {seed}, validation", question.figures(split, chosen))
    return chosen


def test(
    question: Question, config: SequenceConfig, seed: int, folder: Path
) -> dict[str, float]:
    """Train `config.epochs` on all that stands before the test, and rank it."""
    final = train(
        question.test.train,
        config,
        seed=seed,
        checkpoint=folder / f"{question.name}-{config.name}-{seed}-final.pt",
    )
    found = question.figures(question.test, final)
    show(f"seed {seed}, test", found)
    return found


def _measure(split: Split) -> Callable[[Vectors], float]:
    """NDCG@10 over all rows: the sample that `train` takes by itself is for speed."""

    def measured(vectors: Vectors) -> float:
        return evaluate({"m": CosineScores(vectors)}, split, [10]).value("m")

    return measured


def show(what: str, figures: dict[str, float]) -> None:
    values = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
    print(f"{what:45s} {values}", flush=True)


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


if __name__ == "__main__":
    main()
