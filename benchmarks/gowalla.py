"""Gowalla, LightGCN's split: training-free graph filters.

    python benchmarks/gowalla.py            # BASKETWEAVE_DATA names the data folder

Full ranking, training items masked, Recall@20 and NDCG@20. Constants were chosen on
held-out tenths of the training part (`--validation` shows one, `--sample 3000` for so
many of its users); the test part is ranked once for each filter in a run. ChebyCF as
published takes 16 products with the purchases for each user, ten minutes on one core:
it runs only where asked for.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from basketweave import connect
from basketweave.evaluation import evaluate, given, holdout
from basketweave.gnn.cheby_filter import ChebyFilter, ChebyFilterConfig
from basketweave.gnn.filter_sum import FilterSum
from basketweave.gnn.flat_filter import FlatFilter
from basketweave.gnn.gram_filter import GramFilter
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import gowalla_test, load_tables

FILTERS = {
    "GF-CF": GramFilter,
    "flat filter": FlatFilter,
    "Chebyshev": ChebyFilter,
    "their sum": FilterSum,
}
PUBLISHED = {"ChebyCF": lambda: ChebyFilter(ChebyFilterConfig.as_published())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--filter", choices=[*FILTERS, *PUBLISHED], action="append")
    parser.add_argument("--sample", type=int, help="rank only so many users")
    asked = parser.parse_args()
    train = _exported()
    split = (
        holdout(train, 0.1, seed=0)
        if asked.validation
        else given(train, gowalla_test(), known="new")
    )
    if asked.sample:
        split = split.under()
        drawn = np.random.default_rng(0).permutation(len(split))[: asked.sample]
        split = split.only(np.sort(drawn))
    print(split)
    for name in asked.filter or FILTERS:
        started = time.perf_counter()
        model = {**FILTERS, **PUBLISHED}[name]().fit(split.train)
        fitted = time.perf_counter()
        report = evaluate({name: model}, split, ks=(20,))
        ranked = time.perf_counter()
        figures = (report.value(name, m) for m in ("Recall@20", "NDCG@20"))
        print(
            f"{name:12s} Recall@20 {next(figures):.4f}  NDCG@20 {next(figures):.4f}  "
            f"fit {fitted - started:.1f} s, ranking {ranked - fitted:.1f} s"
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
