"""RetailRocket in the form that is on Kaggle, made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.errors import DataError
from basketweave.loaders import (
    load_tables,
    retailrocket_test,
)

EVENTS = """\
timestamp,visitorid,event,itemid,transactionid
1433221332117,257597,view,355908,
1433221332500,257597,addtocart,355908,
1433224214164,992329,view,248676,
1433222276276,257597,transaction,355908,4000
"""
PROPERTIES = """\
timestamp,itemid,property,value
1435460400000,355908,categoryid,1338
1441508400000,355908,888,1116713 960601 n277.200
1433041200000,355908,categoryid,1
1439089200000,355908,available,0
1431226800000,77,categoryid,9
"""
MORE = """\
timestamp,itemid,property,value
1439090000000,355908,available,1
"""
TREE = "categoryid,parentid\n1338,213\n213,\n"


def shop(folder: Path, events: str = EVENTS) -> str:
    for name, content in {
        "events.csv": events,
        "item_properties_part1.csv": PROPERTIES,
        "item_properties_part2.csv": MORE,
        "category_tree.csv": TREE,
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return f"retailrocket:{folder}"


def test_events_become_views_carts_and_purchases_in_seconds(tmp_path: Path) -> None:
    tables = load_tables(shop(tmp_path))
    assert sorted(tables.events.drop("value").rows()) == [
        ("257597", "355908", 1_433_221_332, "ADDED_TO_CART", 500),
        ("257597", "355908", 1_433_221_332, "VIEWED", 117),
        ("257597", "355908", 1_433_222_276, "PURCHASED", 276),
        ("992329", "248676", 1_433_224_214, "VIEWED", 164),
    ]
    assert (tables.user_ids, tables.item_ids) == ("int", "int")


def test_the_last_value_of_a_property_counts(tmp_path: Path) -> None:
    tables = load_tables(shop(tmp_path))
    stock = dict(tables.items.select("id", "available").iter_rows())
    assert stock == {"355908": True, "77": None, "248676": None}
    assert sorted(tables.in_category.rows()) == [("355908", "1338"), ("77", "9")]
    assert tables.rows["item_properties_part1.csv"] == 5


def test_categories_are_a_tree_of_numbers(tmp_path: Path) -> None:
    assert load_tables(shop(tmp_path)).categories.rows() == [
        ("1338", "Category 1338", "213"),
        ("213", "Category 213", None),
        ("9", "Category 9", None),
    ]


def test_events_alone_are_enough(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    tables = load_tables(f"retailrocket:{tmp_path}")
    assert len(tables.events) == 4
    assert tables.categories.is_empty()


def test_an_unknown_event_is_set_aside(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="kind is not in the mapping"):
        load_tables(shop(tmp_path, EVENTS + "1433224214164,9,stole,5,\n"))
    source = shop(tmp_path, EVENTS + "1433224214164,9,stole,5,\n")
    assert len(load_tables(source, max_bad=0.5).quarantine) == 1


@pytest.mark.usefixtures("small")
def test_retailrocket_sessions_are_users_and_their_clicks_stand_in_order() -> None:
    tables, test = load_tables("retailrocket"), retailrocket_test()
    assert tables.events.select("user", "item", "time").rows() == [
        (user, item, n)
        for n, (user, item) in enumerate(
            [*(("1", i) for i in "1211"), *(("2", i) for i in "343")], 1
        )
    ]
    assert set(tables.events["kind"]) == {"VIEWED"}
    assert test.rows() == [(["4", "4"], "4"), (["2", "3", "3"], "1")]
