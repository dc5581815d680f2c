"""Amazon Beauty through the store: load, derive, attributes, one blend, no training.

    python benchmarks/beauty.py            # BASKETWEAVE_DATA names the data folder

Leave-one-out, full ranking, seen items masked, ties at their expected rank. The store
holds all but each person's last item, which is the test; the weight of the attributes
is chosen on the item before it. The test items are ranked once, and lists served by
the store to a sample of people are compared with the ranked ones.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from basketweave import Recommender, connect
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.sides import Fitted, fitted
from basketweave.choosing.weights import Learned, learn, publish_blend
from basketweave.content.attributes import encode_attributes
from basketweave.evaluation import Split, evaluate, given, leave_one_out
from basketweave.graph.derive import DeriveConfig, FollowedBy, write
from basketweave.graph.store import GraphStore
from basketweave.loaders import load_tables

# The walk of docs/blend.md: the k-th latest of 10 items counts .7^k, and a position
# in the sequence is the unit of time here.
SETTINGS = BlendSettings(
    walk_half_life=float(np.log(0.5) / np.log(0.7)),
    history=10,
    together=0,
    walked=1000,
    popular=0,
    scaled=False,
)
RECIPE = DeriveConfig(followed=FollowedBy(top_k=100))
SAMPLE = 500


def main() -> None:
    started = time.perf_counter()
    tables = load_tables("beauty")
    last = pl.col("time") == pl.col("time").max().over("user")
    known = replace(tables, events=tables.events.filter(~last))
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "beauty.lbug") as store,
    ):
        store.load(known)
        run(store, tables.events.filter(last))
    print(f"{time.perf_counter() - started:.0f} s in all")


def run(store: GraphStore, targets: pl.DataFrame) -> None:
    train = store.export()
    validation, test = leave_one_out(train), given(train, targets)
    learned = learn([(side(validation).sources, validation)], "new", powers=(1.0,))
    print("chosen on validation:", learned)
    after = side(test)
    blend = BlendScores(after.sources, learned.weights, "new")
    walk = BlendScores(after.sources, {"graph": 1.0}, "new")
    report = evaluate({"walk": walk, "walk + attributes": blend}, test, ks=(10,))
    for model in ("walk", "walk + attributes"):
        hits, gain = (report.value(model, m) for m in ("Recall@10", "NDCG@10"))
        print(f"{model:20s} HR@10 {hits:.4f}  NDCG@10 {gain:.4f}")
    serve(store, after, learned, blend)


def side(split: Split) -> Fitted:
    return fitted(split, [encode_attributes(split.train)], SETTINGS, RECIPE)


def serve(
    store: GraphStore, after: Fitted, learned: Learned, blend: BlendScores
) -> None:
    """Publish, and compare served lists with the ranked ones."""
    train = after.split.train
    write(store, train, after.derived)
    store.publish(after.vectors[0])
    publish_blend(store, {"new": learned}, SETTINGS)
    client = Recommender(store)
    users = np.random.default_rng(0).choice(train.n("User"), SAMPLE, replace=False)
    same = 0
    for user, score in zip(users, blend.score(users), strict=True):
        served = [str(r.item) for r in client.recommend(train.ids["User"][int(user)])]
        ranked = train.ids["Item"][np.argsort(-score, kind="stable")[: len(served)]]
        same += served == ranked.to_list()
    print(f"served lists equal to the ranked ones: {same} of {SAMPLE}")


if __name__ == "__main__":
    main()
