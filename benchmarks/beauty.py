"""Amazon Beauty through the store: load, derive, attributes, one blend, no training.

    python benchmarks/beauty.py            # BASKETWEAVE_DATA names the data folder

Leave-one-out, full ranking, seen items masked, ties at their expected rank. The weight
of the attributes is chosen on the validation items; the test items are ranked once, and
a sample of the served lists is compared with the ranked ones.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from basketweave import Recommender, connect
from basketweave.content.attributes import encode_attributes
from basketweave.evaluation import evaluate, leave_one_out, top_k
from basketweave.graph import ModelCard
from basketweave.graph.derive import DeriveConfig, FollowedBy, derived, write
from basketweave.graph.store import GraphStore
from basketweave.loaders import load_tables
from basketweave.serving.learn import learn
from basketweave.serving.offline import BlendScores, sources
from basketweave.serving.pipeline import Fitted, fitted
from basketweave.serving.settings import BlendSettings

# The walk of docs/design.md: the k-th latest of 10 items counts .7^k, and a position
# is the unit of time here.
SETTINGS = BlendSettings(
    walk_half_life=float(np.log(0.5) / np.log(0.7)),
    history=10,
    together=0,
    follows=1,
    walked=1000,
    neighbours=300,
    popular=0,
    scaled=False,
)
RECIPE = DeriveConfig(followed=FollowedBy(top_k=100))


def main() -> None:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        with connect(Path(folder) / "beauty.lbug") as store:
            store.load(load_tables("beauty"))
            run(store)
    print(f"{time.perf_counter() - started:.0f} s in all")


def run(store: GraphStore) -> None:
    full = store.export()
    validation, test = (leave_one_out(full, position=p) for p in (2, 1))
    before = side(validation)
    learned = learn([(before.sources, validation)], "new", powers=(1.0,), rounds=6)
    print("chosen on validation:", learned)
    after = side(test)
    blend = BlendScores(after.sources, learned.weights, "new")
    walk = BlendScores(after.sources, {"graph": 1.0}, "new")
    report = evaluate({"walk": walk, "walk + attributes": blend}, test, ks=(10,))
    for model in ("walk", "walk + attributes"):
        hits, gain = (report.value(model, m) for m in ("Recall@10", "NDCG@10"))
        print(f"{model:20s} HR@10 {hits:.4f}  NDCG@10 {gain:.4f}")


def side(split) -> Fitted:
    return fitted(split, [encode_attributes(split.train)], SETTINGS, RECIPE)


if __name__ == "__main__":
    main()
