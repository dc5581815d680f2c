"""Gowalla, LightGCN's split: graph filters, ALS, and the sum of two.

    python benchmarks/gowalla.py            # BASKETWEAVE_DATA names the data folder

Full ranking, training items masked, Recall@20 and NDCG@20; the test part is ranked
once for each model in a run. Constants were chosen on parts of train: `--validation
tenth` holds out a random tenth of each user's items, `--validation run` a fifth of them
that follow one another, and `--sample 3000` ranks so many users. ChebyCF as published
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
from basketweave.baselines.cheby_filter import ChebyFilter, ChebyFilterConfig
from basketweave.baselines.factors import ALS, ALSConfig
from basketweave.baselines.flat_filter import FlatFilter
from basketweave.baselines.gram_filter import GramFilter
from basketweave.evaluation import Scores, Split, evaluate, given, holdout
from basketweave.fusion.weighted_sum import WeightedSum
from basketweave.graph.purchases import known_pairs
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import gowalla_test, load_tables

ALS_CONFIG = ALSConfig(factors=1024, alpha=10, regularization=3, iterations=6)
WEIGHTS = {"flat filter": 0.55, "ALS": 0.45}
SUM = "their sum"

MODELS: dict[str, Callable[[Subgraph], Scores]] = {
    "GF-CF": lambda known: GramFilter().fit(known),
    "Chebyshev": lambda known: ChebyFilter().fit(known),
    "flat filter": lambda known: FlatFilter().fit(known),
    "ALS": lambda known: ALS(ALS_CONFIG).fit(known),
}
PUBLISHED: dict[str, Callable[[Subgraph], Scores]] = {
    "ChebyCF": lambda known: ChebyFilter(ChebyFilterConfig.as_published()).fit(known),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", choices=["tenth", "run"])
    parser.add_argument(
        "--model", choices=[*MODELS, SUM, *PUBLISHED], action="append", dest="models"
    )
    parser.add_argument("--sample", type=int, help="rank only so many users")
    asked = parser.parse_args()
    known = _exported()
    if asked.validation == "tenth":
        split = holdout(known, 0.1, seed=0)
    elif asked.validation == "run":
        split = run(known)
    else:
        split = given(known, gowalla_test(), known="new")
    if asked.sample:
        split = split.under().drawn(asked.sample)
    print(split)
    _report(split, asked.models or [*MODELS, SUM])


def run(known: Subgraph, share: float = 0.2, seed: int = 0) -> Split:
    """Hold out a run of each user's items, as many as `share`, drawn at random.

    The file numbers places in the order in which people first went there, one person
    after another, so a run of numbers is a stretch of someone's life: places visited
    at one time, as those of the test part are, and those of a random tenth are not.
    """
    pairs = known_pairs(known, PURCHASED)
    number = known.ids[ITEM].cast(pl.Int64).to_numpy()[pairs.item]
    order = np.lexsort((number, pairs.user))
    n = np.bincount(pairs.user, minlength=pairs.shape[0])
    asked = np.maximum((share * n).round(), 1).astype(np.int64)
    first = np.random.default_rng(seed).random(len(n)) * (n - asked + 1)
    nth = np.arange(len(pairs)) - (n.cumsum() - n)[pairs.user]
    since = nth - first.astype(np.int64)[pairs.user]
    out = order[(since >= 0) & (since < asked[pairs.user])]
    events = known.events[PURCHASED]
    key = events.user * pairs.shape[1] + events.item
    kept = events.where(~np.isin(key, pairs.key[out]))
    ids = {"user": (USER, pairs.user), "item": (ITEM, pairs.item)}
    held = pl.DataFrame(
        {
            side: known.ids[label].gather(place[out])
            for side, (label, place) in ids.items()
        }
    )
    train = replace(known, events={**known.events, PURCHASED: kept})
    return given(train, held, known="new", name="a run of each user's list")


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
