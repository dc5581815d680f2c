"""MovieLens 100k: stars on a split by time, and what is found among unseen films.

    python benchmarks/ml100k.py            # the data comes with `pip install recbole`
    python benchmarks/ml100k.py --rolling  # ten earlier windows, by which it is built

70 / 15 / 15 % of the ratings by time. Shrinkage, factors and epochs are chosen on the
validation part; each model is then fitted on both earlier parts, and the test part is
read once. Most users of the test part have no rating before it, and what they are like
changes from week to week: so how Wide & Deep is built was chosen by the mean over
windows that begin after 30 … 70 % of the ratings and last 15 %, none in the test part.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from basketweave import connect
from basketweave.baselines import Popularity, PopularityConfig
from basketweave.evaluation import evaluate
from basketweave.evaluation.ratings import Errors, RatingSplit, errors, rating_splits
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.ranking import (
    BiasConfig,
    FactorisationConfig,
    Features,
    ScorerConfig,
    TrainedScorer,
    scorer_config,
    train_scorer,
)

SEEDS = (0, 1, 2)
# Fewer samples than by default, so that the three ranking losses take minutes.
LISTS = {"negatives": 16, "epochs": 8, "patience": 2}
BIASES = [
    BiasConfig(shrink_users=u, shrink_items=i)
    for u, i in product((5, 10, 20, 40, 80), (0.5, 1, 3))
]
FACTORS = [
    FactorisationConfig(factors=d, shrink=s, shrink_users=u)
    for d, s, u in product((8, 16), (5, 10, 20), (20, 40, 80))
]


WIDE_DEEP: dict[str, Any] = {
    "ridge": {"shrink_users": 40, "shrink_items": 5, "shrink_crosses": 80},
    # The biases are in the ridge: so strong a shrinkage leaves factors alone.
    "base": {"factors": 8, "shrink": 10, "shrink_users": 1000, "shrink_items": 1000},
    "wide": 2**17,
    "id_dropout": 0.3,
    "schedule": "cosine",
    "epochs": 4,
}
BIASED = {"factors": 8, "shrink": 10, "shrink_users": 40}
BEGINS = np.linspace(0.3, 0.7, 10)


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--rolling", action="store_true")
    asked = told.parse_args()
    tables = load_tables("recbole:ml-100k")
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "ml.lbug") as store,
    ):
        store.load(tables)
        full = store.export()
    if asked.rolling:
        rolling(tables, full)
        return
    validation, test = rating_splits(full)
    stars(tables, validation, test)
    lists(tables, validation, test)


def stars(tables: Tables, validation: RatingSplit, test: RatingSplit) -> None:
    found: dict[str, Sequence[Errors]] = {}
    grids: dict[str, Sequence[BiasConfig | FactorisationConfig]] = {
        "bias only": BIASES,
        "matrix factorisation": FACTORS,
    }
    for name, grid in grids.items():
        best = min(
            grid, key=lambda c: errors(c.build().fit(validation.train), validation).rmse
        )
        print(f"{name}: {best}")
        found[name] = [errors(best.build().fit(test.train), test)]
    for name, settings in (("neumf", {}), ("wide-deep", WIDE_DEEP)):
        config = scorer_config(name, kind="RATED", loss="rating", **settings)
        models = [refitted(tables, config, validation, test, seed) for seed in SEEDS]
        found[name] = [errors(model, test) for model in models]
    print(f"{'stars':22s} RMSE    MAE     squared error below matrix factorisation's")
    for name, each in found.items():
        rmse, mae = (np.mean([getattr(e, k) for e in each]) for k in ("rmse", "mae"))
        gain = each[0].better_than(found["matrix factorisation"][0])
        print(f"{name:22s} {rmse:.4f}  {mae:.4f}  {gain}")


def rolling(tables: Tables, full: Subgraph) -> None:
    """RMSE of each form, and how far it is below matrix factorisation's: the mean over
    the windows, the worst, and each (in ten thousandths)."""
    features = Features.of(full, tables.users, tables.items)
    windows = [window(full, begin) for begin in BEGINS]
    factors = FactorisationConfig(**BIASED)
    least = np.array([errors(factors.build().fit(w.train), w).rmse for w in windows])
    line("matrix factorisation", least, least)
    biases = BiasConfig(shrink_users=40, shrink_items=1)
    each = [errors(biases.build().fit(w.train), w).rmse for w in windows]
    line("biases", np.array(each), least)
    forms: dict[str, dict[str, Any]] = {
        "ridge and factors": WIDE_DEEP,
        "ridge": {**WIDE_DEEP, "base": None},
        "biased factors": {**WIDE_DEEP, "ridge": None, "base": BIASED},
        "neither": {**WIDE_DEEP, "ridge": None, "base": None},
        "ridge and factors, ids never dropped": {**WIDE_DEEP, "id_dropout": 0},
    }
    for name, settings in forms.items():
        config = scorer_config("wide-deep", kind="RATED", loss="rating", **settings)
        found = [[rmse(config, features, w, s) for w in windows] for s in SEEDS[:2]]
        line(f"wide & deep, {name}", np.mean(found, axis=0), least)


def line(name: str, rmses: FloatArray, least: FloatArray) -> None:
    gain = least - rmses
    each = " ".join(f"{10_000 * one:4.0f}" for one in gain)
    print(f"{name:50s} {rmses.mean():.4f}  {gain.mean():.4f}  {gain.min():.4f}  {each}")


def window(full: Subgraph, begin: float) -> RatingSplit:
    """The 15 % of the ratings after the share `begin`."""
    end = begin + 0.15
    until = int(np.quantile(full.events["RATED"].time, end))
    # Of two splits of what there is until then, the second.
    shares = (begin / end / 2, begin / end / 2, 0.15 / end)
    return rating_splits(full.until(until), shares)[1]


def rmse(
    config: ScorerConfig, features: Features, asked: RatingSplit, seed: int
) -> float:
    return errors(train_scorer(asked.train, config, features, seed=seed), asked).rmse


def lists(tables: Tables, validation: RatingSplit, test: RatingSplit) -> None:
    """Films of the test part that got 4 stars or more, among all not rated before."""
    asked = test.ranking(least=4)
    models: dict[str, object] = {
        "popularity": Popularity(PopularityConfig(kind="RATED")).fit(test.train)
    }
    for loss in ("rating", "softmax", "bpr", "warp"):
        config = scorer_config("wide-deep", kind="RATED", loss=loss, **LISTS)
        goal = validation if loss == "rating" else validation.ranking(least=4)
        models[f"wide-deep, {loss}"] = refitted(
            tables, config, validation, test, 0, goal
        )
    report = evaluate(models, asked, ks=(5, 10))  # type: ignore[arg-type]
    metrics = [
        f"{m}@{k}" for k in (5, 10) for m in ("Precision", "Recall", "MAP", "NDCG")
    ]
    print(f"{len(asked)} users")
    print(f"{'lists':20s}", *(f"{m:>12s}" for m in metrics))
    for name in models:
        print(f"{name:20s}", *(f"{report.value(name, m):12.4f}" for m in metrics))


def refitted(
    tables: Tables,
    config: ScorerConfig,
    validation: RatingSplit,
    test: RatingSplit,
    seed: int,
    goal: object = None,
) -> TrainedScorer:
    """The number of epochs from validation, then training on all before the test."""
    features = Features.of(test.train, tables.users, tables.items)
    chosen = train_scorer(
        validation.train,
        config,
        features,
        validation=goal or validation,  # type: ignore[arg-type]
        seed=seed,
    )
    again = config.ending_after(chosen.best_epoch)
    return train_scorer(test.train, again, features, seed=seed)


if __name__ == "__main__":
    main()
