"""MovieLens 100k: how Wide & Deep is built, chosen on ten windows before the test part.

    python benchmarks/ml100k.py            # the data comes with `pip install recbole`

Most users of the test part have no rating before it, and what they are like changes
from week to week: so the form was chosen by the mean over windows that begin after
30 … 70 % of the ratings and last 15 %, none in the test part, which
`basketweave run wide_deep --only ml_100k` reads.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from basketweave import connect
from basketweave.evaluation.ratings import RatingSplit, errors, rating_splits
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.loaders import load_tables
from basketweave.ranking import (
    BiasConfig,
    FactorisationConfig,
    Features,
    ScorerConfig,
    scorer_config,
    train_scorer,
)
from basketweave.recipes import read_recipe

SEEDS = (0, 1)
WIDE_DEEP = (
    read_recipe("wide_deep").experiments["ml_100k"].models["wide & deep"].settings
)
BIASED = {"factors": 8, "shrink": 10, "shrink_users": 40}
BEGINS = np.linspace(0.3, 0.7, 10)


def main() -> None:
    """RMSE of each form, and how far it is below matrix factorisation's: the mean over
    the windows, the worst, and each (in ten thousandths)."""
    tables = load_tables("recbole:ml-100k")
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "ml.lbug") as store,
    ):
        store.load(tables)
        full = store.export()
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
        config = scorer_config("wide-deep", kind="RATED", **settings)
        found = [[rmse(config, features, w, s) for w in windows] for s in SEEDS]
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


if __name__ == "__main__":
    main()
