"""What events of another kind are worth: films that people saw and did not much like.

    python benchmarks/kinds.py             # the data comes with `pip install recbole`

MovieLens 100k: four stars and more are PURCHASED, and predicted; fewer are VIEWED. Both
make a film known. Each person's last liked film is the test, and the one before it
chooses. Walk, weights and what a view counts in requests are learned on validation, for
new films; a line for each weight that views have in what is derived.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from basketweave import connect
from basketweave.blend.scores import BlendScores
from basketweave.choosing.for_store import Chosen, weigh_with
from basketweave.choosing.sides import fitted
from basketweave.choosing.windows import Windows, windows_of
from basketweave.evaluation import Split, evaluate
from basketweave.graph.kinds import WEIGHTS, Kinds
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables

LIKED = 4
TRIED = (0.01, 0.03, 0.1, 0.3, 1.0)


def main() -> None:
    """NDCG@10 for new films on both windows, and what was learned of views."""
    full = films()
    print("views               validation    test   in requests a view counts")
    for weight in TRIED:
        windows = windows_of(counted(full, weight), "last-item")
        if weight == TRIED[0]:
            line("left out", without_views(windows))
        line(f"derived with {weight:g}", windows)


def films() -> Subgraph:
    """The ratings as liked and seen."""
    tables = load_tables("recbole:ml-100k")
    liked = pl.col("value") >= LIKED
    kind = pl.when(liked).then(pl.lit("PURCHASED")).otherwise(pl.lit("VIEWED"))
    tables = replace(tables, events=tables.events.with_columns(kind=kind))
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(Path(folder) / "ml.lbug") as store,
    ):
        store.load(tables)
        return store.export()


def counted(graph: Subgraph, viewed: float) -> Subgraph:
    """The graph, with this weight of a view, which makes its film known."""
    weights = {**WEIGHTS, "VIEWED": viewed}
    return replace(graph, kinds=Kinds(weights, ("PURCHASED", "VIEWED"), "PURCHASED"))


def without_views(windows: Windows) -> Windows:
    """The same questions, with nothing known of views but that their films are."""

    def cut(split: Split) -> Split:
        events = {"PURCHASED": split.train.events["PURCHASED"]}
        return replace(split, train=replace(split.train, events=events))

    return Windows(cut(windows.validation), cut(windows.test))


def line(name: str, windows: Windows) -> None:
    settings, learned = chosen = weigh_with(windows.validation, [], ["new"])["new"]
    weights = [f"{weight:g}" for weight in settings.kind_weights.values()]
    told = weights[0] if weights else "as derived"
    print(
        f"{name:18s}      {learned.ndcg:.4f}  {reached(windows.test, chosen):.4f}   {told}"
    )


def reached(split: Split, chosen: Chosen) -> float:
    settings, learned = chosen
    settings = settings.model_copy(update={"power": learned.power})
    sources = fitted(split, [], settings).sources
    model = BlendScores(sources, learned.weights, "new")
    return evaluate({"blend": model}, split, [10], known="new").value("blend")


if __name__ == "__main__":
    main()
