"""Items like one item: by its relationships and by its vectors."""

from __future__ import annotations

import polars as pl

from basketweave.graph.reads import NEAREST
from basketweave.graph.store import GraphStore
from basketweave.graph.vectors import serving
from basketweave.serving.engine import Row
from basketweave.serving.recommendation import Step


def similar(store: GraphStore, item: str, k: int) -> list[Row] | None:
    """The `k` items nearest to `item`; None where the store has no such item.

    The score is the mean of two parts, each divided by its largest: the weight of
    the relationships between the two, and the cosine of their live `gnn` vectors.
    """
    held = store.titles([item])
    if not held:
        return None
    live = serving(store.models()).get("gnn")
    near = pl.DataFrame(schema=NEAREST)
    if live is not None:
        near = store.nearest(live.card.name, item, k + 200)
    both = (
        store.related(item, k + 200)
        .join(near, on="id", how="full", coalesce=True)
        .with_columns(pl.col("walked").fill_null(0), pl.col("cosine").fill_null(0))
    )
    values = both.with_columns(
        graph=pl.col("walked") / pl.max_horizontal(pl.col("walked").max(), 1e-12),
        gnn=(pl.col("cosine") / pl.max_horizontal(pl.col("cosine").max(), 1e-12)).clip(
            0
        ),
    ).with_columns(score=(pl.col("graph") + pl.col("gnn")) / 2)
    best = values.sort(["score", "id"], descending=[True, False]).head(k)
    titles = store.titles(best["id"])
    start = Step("Item", item, held[item] or "", None)
    return [_row(row, titles, start) for row in best.iter_rows(named=True)]


def _row(row: dict[str, object], titles: dict[str, str | None], start: Step) -> Row:
    name = str(row["id"])
    kind = str(row["relationship"] or "NEAR")
    path = (
        Step("Item", start.id, start.title, kind),
        Step("Item", name, titles.get(name) or ""),
    )
    parts = {
        "graph": (float(str(row["walked"])), float(str(row["graph"]))),
        "gnn": (float(str(row["cosine"])), float(str(row["gnn"]))),
    }
    return Row(name, titles.get(name) or "", float(str(row["score"])), parts, path)
