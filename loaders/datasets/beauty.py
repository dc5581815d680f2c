"""Amazon Beauty (2014, 5-core) with brands, categories and catalogue links."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import polars as pl

from basketweave.graph.schema import ALSO_BOUGHT, ALSO_VIEWED, BOUGHT_TOGETHER
from basketweave.graph.tables import LINKS, Tables, empty
from basketweave.loaders.assemble import assemble
from basketweave.loaders.categories import category_tables
from basketweave.loaders.datasets.sequences import (
    benchmark_folder,
    present,
    read_sequences,
)

KINDS = {
    "also_bought": ALSO_BOUGHT,
    "also_viewed": ALSO_VIEWED,
    "bought_together": BOUGHT_TOGETHER,
}


def read_beauty(where: str | None = None, *, links: bool = False) -> Tables:
    """22,363 users, 12,101 items and 198,502 purchases; times are positions.

    The published attribute ids (`item2attributes`) add nothing to brands and
    categories: each stands for one name that at least five items have, and one for
    the empty brand of 18 items. Only roots (Beauty) have no id.
    """
    folder = benchmark_folder("beauty", where)
    items = _items(present(folder / "items.jsonl.gz"))
    # Each name is a root: the lists are in no known order.
    names = items.select(item="id", path="category").explode("path")
    categories, in_category = category_tables(
        names.with_columns(pl.concat_list("path"))
    )
    file = folder / "item_item_edges.tsv.gz"
    edges = _links(present(file)) if links else empty(LINKS)
    itself = pl.col("src") == pl.col("dst")
    return assemble(
        "beauty",
        read_sequences(folder / "sequences.txt.gz"),
        items=items.drop("category"),
        categories=categories,
        in_category=in_category,
        links=edges.filter(~itself),
        notes=_notes(len(edges.filter(itself))),
    )


def _notes(itself: int) -> dict[str, int]:
    return {"links from an item to itself, left out": itself} if itself else {}


def _items(path: Path) -> pl.DataFrame:
    """`id`, `title` (none is published), `brand`, `asin`, `category` (a list).

    The source writes names as HTML does ("Puritan&#39;s Pride").
    """
    brand = pl.col("brand").list.first().replace("", None)
    return pl.read_ndjson(path).select(
        id=pl.col("item").cast(pl.String),
        title=pl.lit(None, pl.String),
        brand=_readable(brand),
        asin="asin",
        category=pl.col("category").list.unique(maintain_order=True),
    ).with_columns(category=pl.col("category").list.eval(_readable(pl.element())))  # fmt: skip


def _readable(name: pl.Expr) -> pl.Expr:
    # Twice, because some were escaped twice ("Miss Jessie&amp;#039;s").
    return name.map_elements(lambda n: unescape(unescape(n)), return_dtype=pl.String)


def _links(path: Path) -> pl.DataFrame:
    edges = pl.read_csv(
        path, separator="\t", has_header=False, new_columns=["src", "dst", "kind"],
        infer_schema=False,
    )  # fmt: skip
    return edges.with_columns(pl.col("kind").replace_strict(KINDS))
