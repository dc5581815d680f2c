"""The next day's files: a load changes what it says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables

Rows = Callable[..., list[tuple[Any, ...]]]
Make = Callable[..., Tables]

MAPPING = """
events: {file: buys.csv, user: who, item: what, time: day}
"""
CATALOGUE = """
items: {file: items.csv, id: id, title: name, brand: maker, categories: path,
        attributes: [price]}
users: {file: people.csv, id: id, attributes: [town]}
"""
MONDAY = {
    "map.yaml": MAPPING + CATALOGUE,
    "buys.csv": "who,what,day\nann,1,1704067200\nbob,2,1704067200\n",
    "items.csv": "id,name,maker,path,price\n1,Pear,North,Fruit,2\n2,Walnut,South,Nuts,3\n",
    "people.csv": "id,town\nann,Bern\nbob,Basel\n",
}


@pytest.fixture
def day(tmp_path: Path) -> Callable[..., Tables]:
    """Tables of a folder with these files."""

    def write(**files: str) -> Tables:
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return load_tables(str(tmp_path / "map.yaml"))

    return write


@pytest.fixture
def monday(store: GraphStore, day: Callable[..., Tables]) -> GraphStore:
    store.load(day(**MONDAY))
    return store


def items(store: GraphStore, *names: str) -> list[tuple[Any, ...]]:
    """`id` and these properties of the items, by id."""
    values = ", ".join(f"i.{name} AS {name}" for name in names)
    return store.run(f"MATCH (i:Item) RETURN i.id AS id, {values} ORDER BY id").rows()


def towns(store: GraphStore) -> list[tuple[Any, ...]]:
    found = store.run("MATCH (u:User) RETURN u.id AS id, u.town AS town ORDER BY id")
    return found.rows()


def test_events_alone_leave_the_catalogue_as_it_is(
    monday: GraphStore, day: Callable[..., Tables], pairs: Rows
) -> None:
    more = "who,what,day\nann,2,1704153600\ncid,1,1704153600\n"
    summary = monday.load(day(map_yaml=MAPPING, buys_csv=more))
    assert (summary.events, summary.users, summary.items) == (2, 1, 0)
    assert items(monday, "title", "price") == [("1", "Pear", 2), ("2", "Walnut", 3)]
    assert towns(monday) == [("ann", "Bern"), ("bob", "Basel"), ("cid", None)]
    graph = monday.export()
    assert pairs(graph, "MADE_BY") == [("1", "North"), ("2", "South")]
    assert pairs(graph, "IN_CATEGORY") == [("1", "Fruit"), ("2", "Nuts")]


def test_a_catalogue_of_new_items_leaves_the_old_ones_as_they_are(
    monday: GraphStore, day: Callable[..., Tables], pairs: Rows
) -> None:
    monday.load(
        day(
            buys_csv="who,what,day\nann,2,1704153600\ndot,3,1704153600\n",
            items_csv="id,name,maker,path,price\n3,Plum,West,Fruit,5\n",
            people_csv="id,town\ndot,Chur\n",
        )
    )
    known = [("1", "Pear", 2), ("2", "Walnut", 3), ("3", "Plum", 5)]
    assert items(monday, "title", "price") == known
    assert towns(monday) == [("ann", "Bern"), ("bob", "Basel"), ("dot", "Chur")]
    made = pairs(monday.export(), "MADE_BY")
    assert made == [("1", "North"), ("2", "South"), ("3", "West")]


def test_a_catalogue_without_titles_leaves_titles(
    monday: GraphStore, day: Callable[..., Tables]
) -> None:
    mapping = MAPPING + "items: {file: items.csv, id: id, attributes: [price]}\n"
    monday.load(day(map_yaml=mapping, items_csv="id,price\n1,9\n"))
    assert items(monday, "title", "price") == [("1", "Pear", 9), ("2", "Walnut", 3)]


def test_a_value_that_a_row_of_the_catalogue_lacks_is_unset(
    monday: GraphStore, day: Callable[..., Tables], pairs: Rows
) -> None:
    monday.load(
        day(
            items_csv="id,name,maker,path,price\n1,Pear,,,\n2,Walnut,South,Nuts,3\n",
        )
    )
    assert items(monday, "title", "price") == [("1", "Pear", None), ("2", "Walnut", 3)]
    graph = monday.export()
    assert pairs(graph, "MADE_BY") == [("2", "South")]
    assert pairs(graph, "IN_CATEGORY") == [("2", "Nuts")]


def test_an_item_that_moved_is_in_its_new_category_alone(
    monday: GraphStore, day: Callable[..., Tables], pairs: Rows
) -> None:
    monday.load(day(items_csv="id,name,maker,path,price\n1,Pear,West,Offers,2\n"))
    graph = monday.export()
    assert pairs(graph, "IN_CATEGORY") == [("1", "Offers"), ("2", "Nuts")]
    assert pairs(graph, "MADE_BY") == [("1", "West"), ("2", "South")]


def test_a_category_that_moved_is_below_its_new_parent_alone(
    loaded: GraphStore, checkerboard: Tables, pairs: Rows
) -> None:
    parents = {"food/bread": "bakery", "food": None, "food/fruit": "food"}
    moved = checkerboard.categories.with_columns(
        parent=pl.col("id").replace_strict(parents, return_dtype=pl.String)
    )
    loaded.load(replace(checkerboard, categories=moved))
    above = pairs(loaded.export(), "SUBCATEGORY_OF")
    assert above == [("food/bread", "bakery"), ("food/fruit", "food")]


def described(events: Make, *values: Any, name: str = "size", **more: Any) -> Tables:
    """Items i0, i1, … with these values of an attribute."""
    ids = [f"i{k}" for k in range(len(values))]
    column = pl.Series(name, values, **more)
    items = pl.DataFrame({"id": ids, "title": ids}).with_columns(column)
    return events(("u", "i0", 1), items=items)


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        ([1, 2, None], [2.5, 2], [2.5, 2.0, None]),
        ([1, 2, 3], [2.5], [2.5, 2.0, 3.0]),
        ([1.5, 2.0, 3.5], [2], [2.0, 2.0, 3.5]),
        ([1, 2, 3], ["XL"], ["XL", "2", "3"]),
        ([1.5, 2.0, 3.5], ["XL"], ["XL", "2.0", "3.5"]),
        (["S", "M", None], [4], ["4", "M", None]),
        ([True, False, None], ["maybe"], ["maybe", "false", None]),
        ([[1], [2, 3], None], [[1.5]], [[1.5], [2.0, 3.0], None]),
        ([None, None, None], [7], [7, None, None]),
    ],
)
def test_a_column_grows_to_hold_what_comes(
    store: GraphStore, events: Make, before: list[Any], after: list[Any], held: Any
) -> None:
    store.load(described(events, *before))
    store.load(described(events, *after, strict=False))
    found = [value for _, value in items(store, "size")]
    assert found == held
    assert [type(v) for v in found] == [type(v) for v in held]
    again = store.load(described(events, *after, strict=False))
    assert (again.items, items(store, "size")) == (0, items(store, "size"))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("price", [2.5, 3.0], ["on request"]),
        ("size", [True, False], [2]),
        ("size", [[1], [2]], [2]),
        ("size", [2.5, 1.0], [2**60 + 1]),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    store: GraphStore, events: Make, name: str, before: list[Any], after: list[Any]
) -> None:
    store.load(described(events, *before, name=name))
    stood = items(store, name), store.dataset()
    worse = described(events, *after, name=name)
    more = events(("new", "i0", 9), items=worse.items)
    with pytest.raises(DataError, match=f"'{name}'"):
        store.load(more)
    assert (items(store, name), store.dataset()) == stood
    assert store.export().ids["User"].to_list() == ["u"]


def test_attributes_named_as_what_is_derived_are_kept_apart(
    store: GraphStore, checkerboard: Tables
) -> None:
    own = pl.int_range(pl.len()) + 1000
    named = checkerboard.items.with_columns(popularity=own, rebuy=own, gat_v3=own)
    summary = store.load(replace(checkerboard, items=named))
    (note,) = (n for n in summary.notes if "derives" in n)
    assert "catalogue_popularity, catalogue_rebuy, catalogue_gat_v3" in note
    derive(store)
    first = items(store, "popularity", "rebuy", "catalogue_rebuy")
    assert all(value < 1000 for _, *derived, _ in first for value in derived)
    assert [own for *_, own in first] == list(range(1000, 1006))
    store.load(replace(checkerboard, items=named))
    assert items(store, "popularity", "rebuy", "catalogue_rebuy") == first


@pytest.mark.parametrize("two", [("Price", "price"), ("Title", "title"), ("ID", "id")])
def test_columns_that_differ_by_case_are_refused(
    store: GraphStore, checkerboard: Tables, two: tuple[str, str]
) -> None:
    named = checkerboard.items.with_columns(pl.lit("x").alias(two[0]))
    with pytest.raises(DataError, match=r"differ only by case"):
        store.load(replace(checkerboard, items=named))
    assert store.dataset() is None


def test_a_column_in_another_case_is_the_same_property(
    loaded: GraphStore, checkerboard: Tables
) -> None:
    louder = checkerboard.items.with_columns(PRICE=pl.col("price") * 2).drop("price")
    loaded.load(replace(checkerboard, items=louder))
    found = items(loaded, "price")
    assert [price for _, price in found] == louder["PRICE"].to_list()


def test_any_name_can_be_an_attribute(store: GraphStore, checkerboard: Tables) -> None:
    names = ("n", "k", "node", "key", "value", "p0", "label")
    for number in (1, 2):
        columns = (pl.lit(number).alias(name) for name in names)
        named = checkerboard.items.with_columns(*columns)
        store.load(replace(checkerboard, items=named))
    for name in names:
        assert {value for _, value in items(store, name)} == {2}


def test_night_after_night(store: GraphStore, day: Callable[..., Tables]) -> None:
    store.load(day(**MONDAY))
    derive(store)
    for night in range(1, 4):
        stamp = 1704067200 + night * 86_400
        buys = f"who,what,day\nann,1,{stamp}\nann,2,{stamp}\nnew{night},2,{stamp}\n"
        tables = day(map_yaml=MAPPING, buys_csv=buys)
        summary = store.load(tables)
        assert (summary.events, summary.already_there, summary.users) == (3, 0, 1)
        again = store.load(tables)
        assert (again.events, again.already_there, again.users) == (0, 3, 0)
        derive(store)
    assert items(store, "title", "price") == [("1", "Pear", 2), ("2", "Walnut", 3)]
    assert len(store.export().events["PURCHASED"]) == 11
