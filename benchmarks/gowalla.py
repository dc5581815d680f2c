"""Gowalla, LightGCN's split: graph filters, LightGCN, and a sum of both.

    python benchmarks/gowalla.py            # BASKETWEAVE_DATA names the data folder

Full ranking, training items masked, Recall@20 and NDCG@20. Constants were chosen on
held-out tenths of the training part (`--validation` shows one, `--sample 3000` for so
many of its users); the test part is ranked once for each model in a run. ChebyCF as
published takes 16 products with the purchases for each user, ten minutes on one core:
it runs only where asked for.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from basketweave import connect
from basketweave.evaluation import Scores, Split, evaluate, given, holdout
from basketweave.fusion.weighted_sum import WeightedSum
from basketweave.gnn import LightGCNConfig, train
from basketweave.gnn.cheby_filter import ChebyFilter, ChebyFilterConfig
from basketweave.gnn.flat_filter import FlatFilter
from basketweave.gnn.gram_filter import GramFilter
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import gowalla_test, load_tables

LIGHT = LightGCNConfig(
    dim=128, users=1024, negatives=4096, weight_decay=0, temperature=0.1, epochs=4
)
WEIGHTS = {"flat filter": 0.5, "LightGCN": 0.5}

MODELS: dict[str, Callable[[Subgraph], Scores]] = {
    "GF-CF": lambda known: GramFilter().fit(known),
    "Chebyshev": lambda known: ChebyFilter().fit(known),
    "flat filter": lambda known: FlatFilter().fit(known),
    "LightGCN": lambda known: train(known, LIGHT),
}
PUBLISHED: dict[str, Callable[[Subgraph], Scores]] = {
    "ChebyCF": lambda known: ChebyFilter(ChebyFilterConfig.as_published()).fit(known),
}
SUM = "their sum"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", action="store_true")
    parser.add_argument(
        "--model", choices=[*MODELS, SUM, *PUBLISHED], action="append", dest="models"
    )
    parser.add_argument("--sample", type=int, help="rank only so many users")
    asked = parser.parse_args()
    known = _exported()
    split = (
        holdout(known, 0.1, seed=0)
        if asked.validation
        else given(known, gowalla_test(), known="new")
    )
    if asked.sample:
        split = split.under()
        drawn = np.random.default_rng(0).permutation(len(split))[: asked.sample]
        split = split.only(np.sort(drawn))
    print(split)
    _report(split, asked.models or [*MODELS, SUM])


def _report(split: Split, names: list[str]) -> None:
    @cache
    def fitted(name: str) -> Scores:
        if name == SUM:
            return WeightedSum({part: fitted(part) for part in WEIGHTS}, WEIGHTS)
        return {**MODELS, **PUBLISHED}[name](split.train)

    for name in names:
        started = time.perf_counter()
        model = fitted(name)
        ready = time.perf_counter()
        report = evaluate({name: model}, split, ks=(20,))
        ranked = time.perf_counter()
        figures = (report.value(name, m) for m in ("Recall@20", "NDCG@20"))
        print(
            f"{name:12s} Recall@20 {next(figures):.4f}  NDCG@20 {next(figures):.4f}  "
            f"fit {ready - started:.1f} s, ranking {ranked - ready:.1f} s",
            flush=True,
        )


def _exported() -> Subgraph:
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "gowalla.lbug") as store,
    ):
        store.load(load_tables("gowalla"))
        return store.export()


if __name__ == "__main__":
    main()
