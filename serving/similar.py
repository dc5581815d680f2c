"""Items like one item: by its relationships and by its vectors."""

from __future__ import annotations

import polars as pl

from basketweave.graph.store import GraphStore
from basketweave.graph.vectors import serving
from basketweave.queries import query
from basketweave.serving.engine import Row
from basketweave.serving.recommendation import Step

_WALKED = pl.Schema({"id": pl.String, "walked": pl.Float64, "relationship": pl.String})
"""The types of what `similar` finds, also where it finds nothing."""


def similar(store: GraphStore, item: str, k: int) -> list[Row] | None:
    """The `k` items nearest to `item`; None where the store has no such item.

    The score is the mean of two parts, each divided by its largest: the weight of
    the relationships between the two, and the cosine of their live `gnn` vectors.
    """
    held = store.run(
        "MATCH (i:Item {id: $item}) RETURN i.title AS title", {"item": item}
    )
    if not len(held):
        return None
    name = "similar" if store.dialect == "neo4j" else "similar.ladybug"
    found = store.run(query(name), {"item": item, "k": k + 200}).cast(_WALKED)
    near = _near(store, item, k + 200)
    both = found.join(near, on="id", how="full", coalesce=True).with_columns(
        pl.col("walked").fill_null(0), pl.col("cosine").fill_null(0)
    )
    values = both.with_columns(
        graph=pl.col("walked") / pl.max_horizontal(pl.col("walked").max(), 1e-12),
        gnn=(pl.col("cosine") / pl.max_horizontal(pl.col("cosine").max(), 1e-12)).clip(
            0
        ),
    ).with_columns(score=(pl.col("graph") + pl.col("gnn")) / 2)
    best = values.sort(["score", "id"], descending=[True, False]).head(k)
    titles = _titles(store, best["id"].to_list())
    start = Step("Item", item, held["title"][0] or "", None)
    return [_row(row, titles, start) for row in best.iter_rows(named=True)]


def _row(row: dict[str, object], titles: dict[str, str], start: Step) -> Row:
    name = str(row["id"])
    kind = str(row["relationship"] or "NEAR")
    path = (
        Step("Item", start.id, start.title, kind),
        Step("Item", name, titles.get(name, "")),
    )
    parts = {
        "graph": (float(str(row["walked"])), float(str(row["graph"]))),
        "gnn": (float(str(row["cosine"])), float(str(row["gnn"]))),
    }
    return Row(name, titles.get(name), float(str(row["score"])), parts, path)


def _near(store: GraphStore, item: str, n: int) -> pl.DataFrame:
    """`id`, `cosine` of the `n` nearest items by the live vectors of the part gnn."""
    none = pl.DataFrame(schema={"id": pl.String, "cosine": pl.Float64})
    live = serving(store.models()).get("gnn")
    if live is None:
        return none
    from basketweave.graph.embedded.store import LadybugStore

    if store.dialect == "neo4j":
        asked = {"item": item, "k": n, "model": live.card.name}
        found = store.run(query("nearest"), asked).select("id", "cosine")
        return found.cast(none.schema)
    assert isinstance(store, LadybugStore)
    index = store.index(live.card.name)
    vector = index.item_vectors([item]).get(item)
    if vector is None:
        return none
    places, cosines = index.nearest(vector, n + 1)
    found = pl.DataFrame(
        {"id": index.item_ids[places], "cosine": cosines.astype(float)}
    )
    return found.filter(pl.col("id") != item)


def _titles(store: GraphStore, ids: list[str]) -> dict[str, str]:
    rows = store.run(
        "UNWIND $items AS one MATCH (i:Item {id: one}) RETURN i.id AS id, i.title AS title",
        {"items": ids},
    )
    return {i: t or "" for i, t in zip(rows["id"], rows["title"], strict=True)}
