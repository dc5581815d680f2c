"""Complete Journey, all that a household buys: trees over its own products.

    python benchmarks/repeat_ranker.py            # needs basketweave[demo]
    python benchmarks/repeat_ranker.py --test     # reads the test part, once

The part `repeat` of the blend by its formula, and by `RepeatRanker`; weights and power
of both blends are learnt on the 28 days before the test. The trees learn from earlier
windows alone, and again, with one window more, for the test.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from basketweave import connect
from basketweave.baselines.repeat_ranker import RepeatRanker
from basketweave.blend.rows import Rows
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources, with_settings
from basketweave.choosing.sides import Fitted, fitted
from basketweave.choosing.weights import Learned, learn
from basketweave.choosing.windows import Windows, windows_of
from basketweave.cli.demo import FILTER
from basketweave.evaluation import Scores, evaluate
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables
from basketweave.training import train


def main() -> None:
    windows = windows_of(journey())
    side = both(windows, "validation")
    learned = {
        name: learn([(sources, windows.validation)], "any")
        for name, sources in side.items()
    }
    show(windows, side, learned, "validation")
    if "--test" in sys.argv:
        show(windows, both(windows, "test"), learned, "test")


def journey() -> Subgraph:
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "journey.lbug") as store,
    ):
        store.load(load_tables("complete_journey"))
        return store.export()


def both(windows: Windows, part: str) -> dict[str, Sources]:
    """The blend's sources with `repeat` by formula, and by trees."""
    split = getattr(windows, part)
    side: Fitted = fitted(split, [train(split.train, FILTER).vectors], BlendSettings())
    started = time.perf_counter()
    ranker = RepeatRanker().fit(split.train)
    print(f"{part}: trees learnt in {time.perf_counter() - started:.0f} s")
    assert ranker.chance is not None
    pairs = ranker.chance.tocoo()
    item, user = (at.astype(np.int64) for at in (pairs.col, pairs.row))
    chance = Rows.of(len(split.train.ids["User"]), user, item, pairs.data)
    trees = replace(side.sources, repeat=chance, _kept={}, _without={})
    return {"formula": side.sources, "trees": trees}


def show(
    windows: Windows,
    side: dict[str, Sources],
    learned: dict[str, Learned],
    part: str,
) -> None:
    models: dict[str, Scores] = {}
    for name, sources in side.items():
        found = learned[name]
        print(f"{name}: {dict(found.weights)}, power {found.power}")
        own = with_settings(sources, power=found.power)
        models[f"{name} alone"] = BlendScores(own, {"repeat": 1.0}, "any")
        models[f"blend with {name}"] = BlendScores(own, found.weights, "any")
    report = evaluate(models, getattr(windows, part), ks=(10,), known="any")
    for name in models:
        print(f"{part}: {name:20s} NDCG@10 {report.interval(name)}")
    gain = report.difference("blend with trees", "blend with formula")
    print(f"{part}: the trees add {gain}")


if __name__ == "__main__":
    main()
