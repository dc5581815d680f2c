"""Content encoders on Amazon Beauty: what they find alone, and for new items.

    python benchmarks/content.py           # BASKETWEAVE_DATA names the data folder

Beauty publishes no titles, so the text is the brand and the categories. First the
validation item of each person (the last but one) among all items. Then a tenth of the
items loses all its events, and who bought which of them is to be found among them:
by content alone, by vectors learnt from the others (which know nothing of them), and
by the same vectors with the new items mapped into their space.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from basketweave import connect
from basketweave.content import AttributeConfig, TfidfConfig, with_mapped
from basketweave.evaluation import Split, evaluate, given, leave_one_out
from basketweave.gnn import GraphFilterConfig
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.loaders import load_tables


class Cosines:
    """Vectors as a model."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def score(self, users: IntArray) -> FloatArray:
        """Cosines (B, I) of `users` with every item."""
        return self.vectors.user_vectors[users] @ self.vectors.item_vectors.T


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "beauty.lbug") as store,
    ):
        store.load(load_tables("beauty"))
        graph = store.export()
    train = leave_one_out(graph).train
    show("the last but one item, among all", leave_one_out(graph, position=2), {})
    split = new_items(train)
    learnt = GraphFilterConfig(norms=False).build(split.train).encode(split.train)
    features = TfidfConfig(dim=514).restore({}).item_features(split.train)
    mapped = with_mapped(learnt, split.train, features)
    print({k: round(v, 3) for k, v in mapped.card.metrics.items()})
    show("a new item, among the new ones", split, {"learnt": learnt, "mapped": mapped})


def show(question: str, split: Split, more: dict[str, Vectors]) -> None:
    """Print each encoder's figures on one question."""
    content = {
        "attributes": AttributeConfig().restore({}).encode(split.train),
        **{
            f"tfidf {dim}": TfidfConfig(dim=dim).restore({}).encode(split.train)
            for dim in (130, 258, 514)
        },
    }
    models = {name: Cosines(v) for name, v in {**content, **more}.items()}
    report = evaluate(models, split, ks=(10,))
    print(f"{question}: {len(split):,} people")
    for name in models:
        hits, gain = (report.value(name, m) for m in ("HR@10", "NDCG@10"))
        print(f"  {name:12s} HR@10 {hits:.4f}  NDCG@10 {gain:.4f}")


def new_items(graph: Subgraph, share: float = 0.1) -> Split:
    """Train without a tenth of the items; find who bought which of these."""
    rng = np.random.default_rng(0)
    gone = rng.random(graph.n("Item")) < share
    events = graph.events[PURCHASED]
    train = replace(graph, events={PURCHASED: events.where(~gone[events.item])})
    asked = events.where(gone[events.item])
    ids = {"user": graph.ids["User"][asked.user], "item": graph.ids["Item"][asked.item]}
    split = given(train, pl.DataFrame(ids), name="new items")
    return replace(split, offered=gone)


if __name__ == "__main__":
    main()
