"""What events of another kind are worth: films that people saw and did not much like.

    python benchmarks/kinds.py             # the data comes with `pip install recbole`

MovieLens 100k: four stars and more are PURCHASED, and predicted; fewer are VIEWED. Both
make a film known. Each person's last liked film is the test, the one before it chooses.
A table of NDCG@10 for new films: with VIEWED at one weight in what is derived and in
requests, and with the weights that the blend learns on validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from basketweave.choosing.for_store import Chosen, weigh_with
from basketweave.choosing.last_window import Compared, Contender, compared
from basketweave.choosing.windows import Windows, windows_of
from basketweave.graph.kinds import WEIGHTS, Kinds
from basketweave.graph.known import Known
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables

LIKED = 4
TRIED = (0.01, 0.03, 0.1, 0.3, 1.0)


def main() -> None:
    """NDCG@10 on validation and on the test, and the difference to purchases alone."""
    full = films()
    alone = replace(full, events={"PURCHASED": full.events["PURCHASED"]})
    known: tuple[Known, ...] = ("new",)
    base = windows_of(counted(alone, 0.1), "last-item")
    # Asked the same: what was seen is no new film for either.
    asked = windows_of(counted(full, 0.1), "last-item")
    base = Windows(
        replace(asked.validation, train=base.validation.train),
        replace(asked.test, train=base.test.train),
    )
    least = chosen(base, known)
    print("VIEWED            validation    test  less PURCHASED alone")
    line("left out", least, told(base, base, least, least))
    for weight in TRIED:
        windows = windows_of(counted(full, weight), "last-item")
        found = chosen(windows, known)
        line(f"derived with {weight:g}", found, told(base, windows, least, found))


def films() -> Subgraph:
    """The ratings as liked and seen."""
    import tempfile
    from pathlib import Path

    from basketweave import connect

    tables = load_tables("recbole:ml-100k")
    liked = pl.col("value") >= LIKED
    kinds = pl.when(liked).then(pl.lit("PURCHASED")).otherwise(pl.lit("VIEWED"))
    tables = replace(tables, events=tables.events.with_columns(kind=kinds))
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


def chosen(windows: Windows, known: tuple[Known, ...]) -> Mapping[Known, Chosen]:
    return weigh_with(windows.validation, [], known)


def told(
    base: Windows,
    windows: Windows,
    least: Mapping[Known, Chosen],
    found: Mapping[Known, Chosen],
) -> tuple[float, Compared]:
    """NDCG@10 on the test, and beside it what purchases alone reach there."""
    mine = compared(
        windows.test, Contender.learned([], found), Contender.learned([], found)
    )[0]
    return mine.new, mine


def line(
    name: str, found: Mapping[Known, Chosen], test: tuple[float, Compared]
) -> None:
    settings, learned = found["new"]
    weights = ", ".join(f"{k} {w:g}" for k, w in settings.kind_weights.items())
    print(f"{name:18s}    {learned.ndcg:.4f}  {test[0]:.4f}  {weights or 'as derived'}")


if __name__ == "__main__":
    main()
