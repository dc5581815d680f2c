"""The users, items, categories and brands in the tables of a source.

A load sets the properties that its tables have a column for, also to null, on nodes
that have a row in a catalogue. It changes no other property, and none of a node that
only events name (`Tables.bare`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from basketweave.graph.planned.properties import storable
from basketweave.graph.schema import BRAND, CATEGORY, ITEM, USER, is_ours, stored_name
from basketweave.graph.tables import Tables

_PAIRS = pl.DataFrame(schema={"src": pl.String, "dst": pl.String})


@dataclass(frozen=True)
class Described:
    """Nodes of one label: `rows` (`id`, properties), and all `ids` in the tables.

    An id without a row becomes a node without properties, so that no event is lost.
    """

    rows: pl.DataFrame
    ids: pl.Series

    @classmethod
    def of_ids(cls, ids: pl.Series) -> Described:
        """Nodes of which nothing but their ids is known."""
        return cls(pl.DataFrame(schema={"id": pl.String}), ids)

    @property
    def bare(self) -> pl.DataFrame:
        """A frame with the `id` of each node that has no row."""
        ids = self.ids.alias("id").to_frame()
        return ids.join(self.rows, on="id", how="anti", maintain_order="left")


def described(
    tables: Tables, named: Mapping[str, pl.Series] | None = None
) -> dict[str, Described]:
    """The nodes in the tables, by label.

    named   the users and items that events name, by label, where the events are not in
            the tables

    Raises `DataError` for a column that cannot be a property.
    """
    events = {USER: tables.events["user"], ITEM: tables.events["item"]} | dict(
        named or {}
    )
    inside = pl.concat([tables.in_category["category"], tables.categories["parent"]])
    brands = made_by(tables).select(id="dst").drop_nulls().unique(maintain_order=True)
    return {
        USER: _nodes(USER, _users(tables), tables.users, events[USER]),
        ITEM: _nodes(ITEM, _items(tables), tables.items, events[ITEM]),
        CATEGORY: _nodes(
            CATEGORY, tables.categories.drop("parent"), tables.categories, inside
        ),
        BRAND: Described(brands, brands["id"]),
    }


def made_by(tables: Tables) -> pl.DataFrame:
    """Items (`src`) and their brand (`dst`; null for none).

    The frame is empty where the items have no column `brand`.
    """
    if "brand" not in tables.items.columns:
        return _PAIRS
    brand = pl.col("brand").cast(pl.String)
    pairs = _said(tables, "items").select(src="id", dst=brand)
    return pairs.unique("src", keep="last", maintain_order=True)


def in_category(tables: Tables) -> pl.DataFrame:
    """Items (`src`) and each of their categories (`dst`; null for none).

    The frame is empty where no item has a category.
    """
    inside = tables.in_category.select(src="item", dst="category")
    if inside.is_empty():
        return inside
    items = _said(tables, "items").select(src="id")
    without = items.join(inside, on="src", how="anti", maintain_order="left")
    return pl.concat([inside, without], how="diagonal")


def parents(tables: Tables) -> pl.DataFrame:
    """Categories (`src`) and the category above each (`dst`; null at a root)."""
    pairs = tables.categories.select(src="id", dst="parent")
    return pairs.unique("src", keep="last", maintain_order=True)


def apart(tables: Tables) -> Mapping[str, int]:
    """A note with the number of attributes that are renamed in the store, if any."""
    names = [n for n in tables.items.columns if is_ours(n)]
    sentence = "attributes named as what basketweave derives, stored as {}"
    told = ", ".join(stored_name(n) for n in names)
    return {sentence.format(told): len(names)} if names else {}


def _nodes(
    label: str, rows: pl.DataFrame, table: pl.DataFrame, named: pl.Series
) -> Described:
    once = rows.unique("id", keep="last", maintain_order=True)
    ids = pl.concat([table["id"], named.alias("id")]).drop_nulls()
    return Described(storable(once, label), ids.unique(maintain_order=True))


def _users(tables: Tables) -> pl.DataFrame:
    return _said(tables, "users")


def _items(tables: Tables) -> pl.DataFrame:
    """The items, without `title` where no row has one: `Tables` always have it."""
    items = _said(tables, "items").drop("brand", strict=False)
    if items["title"].null_count() == len(items):
        items = items.drop("title")
    return items.rename({n: stored_name(n) for n in items.columns if is_ours(n)})


def _said(tables: Tables, table: str) -> pl.DataFrame:
    rows: pl.DataFrame = getattr(tables, table)
    bare = tables.bare.get(table)
    if bare is None or bare.is_empty():
        return rows
    blank = bare.alias("id").to_frame()
    return rows.join(blank, on="id", how="anti", maintain_order="left")
