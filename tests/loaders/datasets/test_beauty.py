"""Beauty in the form in which it is published."""

from __future__ import annotations

import polars as pl
import pytest

from basketweave.loaders import (
    load_tables,
)


@pytest.mark.usefixtures("small")
def test_beauty_has_positions_for_times_and_readable_names() -> None:
    tables = load_tables("beauty")
    assert (tables.user_ids, tables.item_ids) == ("int", "int")
    assert tables.events.filter(pl.col("user") == "2").select(
        "item", "time", "kind"
    ).rows() == [(item, n, "PURCHASED") for n, item in enumerate("6214", 1)]
    assert dict(tables.items.select("id", "brand").iter_rows()) == {
        "1": "Puritan's Pride",
        "2": "Miss J's",
        "3": None,
        "4": None,
        "6": "Miss J's",
    }
    assert set(tables.categories["id"]) == {"Beauty", "Hair", "Nails & Tools"}
    assert tables.categories["parent"].null_count() == 3
    assert tables.in_category.filter(pl.col("item") == "3")["category"].to_list() == [
        "Beauty",
        "Nails & Tools",
        "Hair",
    ]
    assert tables.links.is_empty()


@pytest.mark.usefixtures("small")
def test_beauty_has_links_when_asked_but_none_to_itself() -> None:
    tables = load_tables("beauty", links=True)
    assert tables.links.rows() == [
        ("1", "2", "ALSO_BOUGHT"),
        ("2", "3", "ALSO_VIEWED"),
        ("6", "4", "BOUGHT_TOGETHER"),
    ]
    assert tables.notes == {"links from an item to itself, left out": 1}
