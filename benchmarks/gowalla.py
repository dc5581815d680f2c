"""Gowalla, LightGCN's split: graph filters, propagated spectrum, and a sum of two.

    python benchmarks/gowalla.py            # BASKETWEAVE_DATA names the data folder

Full ranking, training items masked, Recall@20 and NDCG@20; the test part is ranked
once for each model in a run. Constants were chosen on parts of train: `--validation
tenth` holds out a random tenth of each user's items, `--validation together` the fifth
nearest to one of them, and `--sample 3000` ranks so many users. ChebyCF as published
takes 16 products with the purchases for each user, ten minutes on one core: it runs
only where asked for.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from basketweave import connect
from basketweave.evaluation import Scores, Split, evaluate, given, holdout
from basketweave.fusion.weighted_sum import WeightedSum
from basketweave.gnn import LightGCNConfig, train
from basketweave.gnn.cheby_filter import ChebyFilter, ChebyFilterConfig
from basketweave.gnn.flat_filter import FlatFilter
from basketweave.gnn.gram_filter import GramFilter
from basketweave.gnn.purchases import known_pairs
from basketweave.gnn.spectrum import spectrum
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import unit
from basketweave.loaders import gowalla_test, load_tables

# Training took the sum with the flat filter down: see docs/benchmarks.md.
LIGHT = LightGCNConfig(dim=128, epochs=0)
WEIGHTS = {"flat filter": 0.5, "spectrum": 0.5}
SUM = "their sum"

MODELS: dict[str, Callable[[Subgraph], Scores]] = {
    "GF-CF": lambda known: GramFilter().fit(known),
    "Chebyshev": lambda known: ChebyFilter().fit(known),
    "flat filter": lambda known: FlatFilter().fit(known),
    "spectrum": lambda known: train(known, LIGHT),
}
PUBLISHED: dict[str, Callable[[Subgraph], Scores]] = {
    "ChebyCF": lambda known: ChebyFilter(ChebyFilterConfig.as_published()).fit(known),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", choices=["tenth", "together"])
    parser.add_argument(
        "--model", choices=[*MODELS, SUM, *PUBLISHED], action="append", dest="models"
    )
    parser.add_argument("--sample", type=int, help="rank only so many users")
    asked = parser.parse_args()
    known = _exported()
    if asked.validation == "tenth":
        split = holdout(known, 0.1, seed=0)
    elif asked.validation == "together":
        split = together(known)
    else:
        split = given(known, gowalla_test(), known="new")
    if asked.sample:
        split = split.under()
        drawn = np.random.default_rng(0).permutation(len(split))[: asked.sample]
        split = split.only(np.sort(drawn))
    print(split)
    _report(split, asked.models or [*MODELS, SUM])


def together(known: Subgraph, share: float = 0.2, seed: int = 0) -> Split:
    """Hold out each user's items that are nearest to one of them, drawn at random.

    The test part is no random draw: how often it has an item varies 1.8 times as much
    as chance would have it, eleven times for items of 100 visits and more. Places
    visited at one time lie together, as these do: by cosine of 64 spectral directions.
    """
    pairs = known_pairs(known, PURCHASED)
    found = spectrum(pairs, np.ones(len(pairs), np.float32), 64, 0.5, 0.5)
    vectors = unit(found.items)
    n = np.bincount(pairs.user, minlength=pairs.shape[0])
    start = n.cumsum() - n
    drawn = (np.random.default_rng(seed).random(len(n)) * n).astype(np.int64)
    anchor = vectors[pairs.item[start + drawn]][pairs.user]  # (P, 64)
    near = (vectors[pairs.item] * anchor).sum(axis=1)
    nearest = np.lexsort((-near, pairs.user))
    nth = np.arange(len(pairs)) - start[pairs.user]
    out = nearest[nth < np.maximum((share * n).round(), 1)[pairs.user]]
    events = known.events[PURCHASED]
    key = events.user * pairs.shape[1] + events.item
    stays = ~np.isin(key, pairs.key[out])
    kept = events.where(stays)
    ids = {"user": (USER, pairs.user), "item": (ITEM, pairs.item)}
    held = pl.DataFrame(
        {
            side: known.ids[label].gather(place[out])
            for side, (label, place) in ids.items()
        }
    )
    train = replace(known, events={**known.events, PURCHASED: kept})
    return given(train, held, known="new", name="a fifth that lies together")


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
