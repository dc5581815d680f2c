"""RetailRocket as published on Kaggle: events, item properties, category tree.

https://www.kaggle.com/datasets/retailrocket/ecommerce-dataset
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from basketweave.graph.schema import ADDED_TO_CART, PURCHASED, VIEWED
from basketweave.graph.tables import QUARANTINE, Tables, empty
from basketweave.loaders.assemble import with_catalogue
from basketweave.loaders.files.batches import read_batches
from basketweave.loaders.files.mapping import (
    EventsFile,
    File,
    KindColumn,
    Mapping,
    Time,
)
from basketweave.loaders.files.read import read_mapped
from basketweave.loaders.files.values import as_ids
from basketweave.loaders.times import whole

KINDS = {"view": VIEWED, "addtocart": ADDED_TO_CART, "transaction": PURCHASED}
EVENTS = EventsFile(
    file="events.csv",
    user="visitorid",
    item="itemid",
    time=Time(column=("timestamp",), format="unix_ms"),
    kinds=KindColumn(column="event", names=KINDS),
)
TREE = "category_tree.csv"
PROPERTIES = ("item_properties_part1.csv", "item_properties_part2.csv")
# All other properties are numbers in place of words, which say nothing to a reader.
READABLE = ("categoryid", "available")


def read_shop(folder: Path) -> Tables:
    """Visitors with views, carts and purchases; items with category and stock.

    An item's properties change with time: the last value counts. Items without an
    event are there as well.
    """
    tables = read_mapped(Mapping(name="retailrocket", folder=folder, events=EVENTS))
    values, bad, rows = _properties(folder)
    category = values.filter(pl.col("property") == "categoryid")
    stock = values.filter(pl.col("property") == "available")
    items = values.select(id="item").unique(maintain_order=True)
    available = stock.select(id="item", available=pl.col("value") == "1")
    in_category = category.select("item", category="value")
    return with_catalogue(
        tables,
        items.join(available, on="id", how="left", maintain_order="left"),
        categories=_tree(folder, in_category["category"]),
        in_category=in_category,
        quarantine=bad,
        rows=rows,
    )


def _properties(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """The last `value` of each `item` and `property`; bad rows, and rows read."""
    none = dict.fromkeys(("item", "property", "value"), pl.String)
    kept = [pl.DataFrame(schema={**none, "time": pl.Int64})]
    bad, rows = [empty(QUARANTINE)], {}
    for name in PROPERTIES:
        if not (folder / name).is_file():
            continue
        rows[name] = 0
        wanted = ["timestamp", "itemid", "property", "value"]
        for batch in read_batches(folder / name, File(file=name), wanted):
            rows[name] += len(batch)
            kept.append(_readable(batch.rows))
            bad.append(batch.broken.with_columns(source=pl.lit(name)))
    latest = pl.concat(kept).sort("time", maintain_order=True)
    last = latest.unique(["item", "property"], keep="last", maintain_order=True)
    return last.drop("time"), pl.concat(bad), rows


def _readable(rows: pl.DataFrame) -> pl.DataFrame:
    found = rows.filter(pl.col("property").is_in(READABLE))
    columns = {
        "item": as_ids(found["itemid"]),
        "property": found["property"],
        "value": as_ids(found["value"]),
        "time": whole(found["timestamp"]),
    }
    return pl.DataFrame([s.alias(c) for c, s in columns.items()]).drop_nulls()


def _tree(folder: Path, named: pl.Series) -> pl.DataFrame:
    """Categories by number, with their parents; those that only items name, bare."""
    tree = pl.DataFrame(schema=dict.fromkeys(("id", "parent"), pl.String))
    if (folder / TREE).is_file():
        wanted = ["categoryid", "parentid"]
        for batch in read_batches(folder / TREE, File(file=TREE), wanted):
            ids = [as_ids(batch.rows[c]).alias(n) for c, n in zip(wanted, tree.columns, strict=True)]  # fmt: skip
            tree = pl.concat([tree, pl.DataFrame(ids)])
    parents = tree.drop_nulls("id").unique("id", keep="first", maintain_order=True)
    every = pl.concat([parents["id"], parents["parent"].drop_nulls(), named]).unique()
    found = every.sort().to_frame("id").join(parents, on="id", how="left")
    return found.select("id", name=pl.format("Category {}", "id"), parent="parent")
