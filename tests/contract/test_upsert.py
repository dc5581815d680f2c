"""What is said of users and items is there at once, and what is not named stays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph import GraphStore, Vectors
from basketweave.graph.derive import derive
from basketweave.graph.upserted import Upserted
from basketweave.serving.recommender import Recommender

A = {
    "id": "a",
    "title": "Item A",
    "price": 1.0,
    "stock": None,
    "brand": "North",
    "categories": ["food/fruit"],
    "attributes": {},
}


@pytest.fixture
def shop(loaded: GraphStore, make_vectors: Callable[..., Vectors]) -> GraphStore:
    """The checkerboard, derived, with vectors."""
    derive(loaded)
    loaded.publish(make_vectors(1))
    return loaded


def test_an_item_is_read_as_it_is_written(loaded: GraphStore) -> None:
    assert loaded.item("a") == A
    assert loaded.upsert_items([A]) == Upserted(0, 0, 1)
    assert loaded.item("nobody") is None
    assert loaded.user("ann") == {"id": "ann", "attributes": {}}
    assert loaded.user("zoe") is None


def test_what_is_not_named_stays(loaded: GraphStore) -> None:
    assert loaded.upsert_items({"id": "a", "price": 2}) == Upserted(0, 1, 0)
    assert loaded.item("a") == A | {"price": 2.0}
    attributes = {"size": "L", "tags": ["new", "red"], "grams": 5}
    done = loaded.upsert_items([{"id": "a", "stock": 3, "attributes": attributes}])
    assert done == Upserted(0, 1, 0)
    now = A | {"price": 2.0, "stock": 3, "attributes": attributes}
    assert loaded.item("a") == now
    loaded.export()
    assert loaded.item("a") == now
    less: dict[str, Any] = {
        "id": "a",
        "title": None,
        "stock": False,
        "attributes": {"tags": []},
    }
    assert loaded.upsert_items(less).changed == 1
    now |= {"title": None, "attributes": {"size": "L", "grams": 5}}
    assert loaded.item("a") == now
    assert loaded.upsert_items({"id": "a"}) == Upserted(0, 0, 1)


def test_categories_and_brand_are_replaced_and_come_into_being(
    loaded: GraphStore,
) -> None:
    said = {"id": "a", "brand": "West", "categories": ["food", "new & old"]}
    assert loaded.upsert_items(said).changed == 1
    expected = A | {"brand": "West", "categories": ["food", "new & old"]}
    assert loaded.item("a") == expected
    found = loaded.export(relations=["IN_CATEGORY", "MADE_BY"])
    assert "new & old" in found.ids["Category"].to_list()
    assert loaded.item("a") == expected
    none: dict[str, Any] = {"id": "a", "brand": None, "categories": []}
    assert loaded.upsert_items(none).changed == 1
    assert loaded.item("a") == A | {"brand": None, "categories": []}
    assert loaded.item("b")["brand"] == "South"  # type: ignore[index]


def test_new_ones_are_created(loaded: GraphStore) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "z", "title": "Zed"},
        {"id": "a", "price": 1},
        {"id": 7},
    ]
    assert loaded.upsert_items(rows) == Upserted(2, 0, 1)
    assert loaded.item("z")["title"] == "Zed"  # type: ignore[index]
    assert loaded.upsert_users([{"id": "zoe", "attributes": {"age": 7}}]).created == 1
    assert loaded.user("zoe") == {"id": "zoe", "attributes": {"age": 7}}
    assert loaded.upsert_users(pl.DataFrame({"id": ["zoe", "zed"]})).unchanged == 1
    graph = loaded.export(items=["title"])
    assert {"z", "7"} <= set(graph.ids["Item"])
    assert {"zoe", "zed"} <= set(graph.ids["User"])


def test_the_later_of_one_id_counts(loaded: GraphStore) -> None:
    rows = [{"id": "a", "price": 5, "stock": 1}, {"id": "a", "price": 6}]
    assert loaded.upsert_items(rows) == Upserted(0, 1, 0)
    found = loaded.item("a")
    assert found is not None
    assert (found["price"], found["stock"]) == (6.0, 1)


def test_an_empty_store_begins_with_it(store: GraphStore) -> None:
    assert store.items().rows == ()
    assert store.upsert_items([]) == Upserted()
    assert store.dataset() is None
    assert store.upsert_items({"id": 7, "title": "Seven"}) == Upserted(1, 0, 0)
    found = store.item(7)
    assert found is not None
    assert (found["id"], found["title"]) == (7, "Seven")
    store.record({"user": 1, "item": 7})
    assert store.user(1) == {"id": 1, "attributes": {}}


BAD: list[tuple[Any, str]] = [
    ({"title": "x"}, "has no id"),
    ({"id": ""}, "at least one character"),
    ({"id": "x" * 100_001}, "at most 100,000"),
    ({"id": "\ud800"}, "surrogate"),
    ({"id": "q", "titel": "x"}, "mean 'title'"),
    ({"id": "q", "title": 5}, "is no text"),
    ({"id": "q", "title": "\ud800"}, "surrogate"),
    ({"id": "q", "price": "cheap"}, "no finite number"),
    ({"id": "q", "price": float("inf")}, "no finite number"),
    ({"id": "q", "stock": "many"}, "neither a whole number"),
    ({"id": "q", "brand": ["x"]}, "brand"),
    ({"id": "q", "categories": "food"}, "no list of ids"),
    ({"id": "q", "categories": [""]}, "categories"),
    ({"id": "q", "attributes": "L"}, "no mapping"),
    ({"id": "q", "attributes": {"a b": 1}}, "cannot be a property name"),
    ({"id": "q", "attributes": {"price": 1}}, "no name of an attribute"),
    ({"id": "q", "attributes": {"x": {"y": 1}}}, "nor a list"),
    ({"id": "q", "attributes": {"Title": 1}}, "no name of an attribute"),
    ({"id": "q", "attributes": {"x": [1, "a"]}}, "several types"),
    ({"id": "q", "attributes": {"x": 2**70}}, "64 bits"),
    ({"id": "q", "attributes": {"x": 1, "X": 2}}, "only by case"),
    ("q", "is no mapping"),
]


def test_a_bad_row_is_named_and_nothing_written(
    loaded: GraphStore, subtests: pytest.Subtests
) -> None:
    for bad, says in BAD:
        with subtests.test(says=says):
            with pytest.raises(DataError, match=f"(?s)Item 2 cannot.*none.*{says}"):
                loaded.upsert_items([{"id": "new"}, bad])
            assert loaded.item("new") is None


def test_a_value_fits_to_those_that_are_there(loaded: GraphStore) -> None:
    loaded.upsert_items([{"id": "a", "attributes": {"size": "L", "n": 1, "yes": True}}])
    loaded.upsert_items([{"id": "b", "attributes": {"Size": 5, "n": 2.5}}])
    for _ in range(2):
        found = loaded.item("b")
        assert found is not None
        assert found["attributes"] == {"n": 2.5, "size": "5"}
        loaded.export()
    with pytest.raises(DataError, match="lists of text, but the store holds text"):
        loaded.upsert_items([{"id": "new"}, {"id": "c", "attributes": {"SIZE": ["x"]}}])
    assert loaded.item("new") is None


@pytest.mark.parametrize("nothing", [7, "a", None])
def test_what_holds_no_rows_is_refused(loaded: GraphStore, nothing: Any) -> None:
    with pytest.raises(UsageError, match="is no item"):
        loaded.upsert_items(nothing)


ODD = ["ü/ä", "日本", "🛒", "a'b\"c", "x" * 5_000, "<b>", "-1", "007", " ", "a\nb"]


def test_any_text_is_an_id(loaded: GraphStore) -> None:
    rows = [{"id": one, "title": one, "categories": [one]} for one in ODD]
    assert loaded.upsert_items(rows).created == len(ODD)
    for _ in range(2):
        for one in ODD:
            found = loaded.item(one)
            assert found is not None
            assert (found["id"], found["title"], found["categories"]) == (
                *(one, one),
                [one],
            )
        loaded.export()


def test_pages_follow_one_another(loaded: GraphStore) -> None:
    loaded.upsert_items([{"id": "aa", "title": "New"}, {"id": "b", "title": "Bee"}])
    loaded.record({"user": "zoe", "item": "zz"})
    every = ["a", "aa", "b", "c", "d", "e", "f", "zz"]
    for _ in range(2):
        assert [one["id"] for one in loaded.items().rows] == every
        assert loaded.items().next is None
        seen, after = [], None
        while True:
            page = loaded.items(after, limit=3)
            seen += [one["id"] for one in page.rows]
            after = page.next
            if after is None:
                break
        assert seen == every
        assert loaded.items(limit=1, q="item").rows == [A]
        assert [one["id"] for one in loaded.items(q="EE").rows] == ["b"]
        assert [one["id"] for one in loaded.items(q="item", limit=2).rows] == ["a", "c"]
        assert [one["id"] for one in loaded.items(q="a").rows] == ["a", "aa"]
        assert [one["id"] for one in loaded.users(q="z").rows] == ["zoe"]
        assert loaded.users(after="zz") == type(loaded.users())([], None)
        loaded.export()
    for limit in (0, 1_001, "x", None):
        with pytest.raises(UsageError, match="limit"):
            loaded.items(limit=limit)  # type: ignore[arg-type]


WEIGHTS = {"graph": 0.5, "popularity": 0.2, "gnn": 0.3}


def offered(client: Recommender, user: str, **where: Any) -> list[Any]:
    found = client.recommend(user, 9, weights=WEIGHTS, known="any", where=where)
    return [one.item for one in found]


def test_the_next_request_knows_it(shop: GraphStore) -> None:
    """In one store: on Neo4j all statements are planned anew after each publish."""
    client = Recommender(shop)
    _a_new_item_may_be_bought_at_once(shop, client)
    _rules_on_attributes_know_it(shop, client)
    _rules_on_what_is_sold_know_it(shop, client)


def _rules_on_what_is_sold_know_it(shop: GraphStore, client: Recommender) -> None:
    assert set(offered(client, "ann", price=(0, 3.5))) == {"a", "c", "b"}
    assert set(offered(client, "ann", brands=["North"])) == {"a", "c", "e"}
    shop.upsert_items(
        [
            {"id": "a", "price": 99},
            {"id": "c", "title": "Renamed", "brand": "South", "stock": 0},
            {"id": "e", "categories": ["food/bread"], "stock": 4},
            {"id": "0new", "title": "New", "price": 1, "categories": ["food/bread"]},
            {"id": "f", "brand": "West"},
        ]
    )
    for _ in range(2):
        assert set(offered(client, "ann", price=(0, 3.5))) == {"c", "b", "0new"}
        assert set(offered(client, "ann", brands=["North"])) == {"a", "e"}
        assert set(offered(client, "ann", brands=["West"])) == {"f"}
        assert offered(client, "ann", in_stock=True) == ["e"]
        bread = {"b", "d", "f", "e", "0new"}
        assert set(offered(client, "ann", categories=["food/bread"])) == bread
        assert set(offered(client, "ann", categories=["food"])) == {"a", "c", *bread}
        (one,) = client.recommend("ann", where={"brands": ["West"]})
        assert one.item == "f"
        titles = {o.item: o.title for o in client.recommend("ann", 9, known="any")}
        assert titles["c"] == "Renamed"
        shop.export()


def _rules_on_attributes_know_it(shop: GraphStore, client: Recommender) -> None:
    shop.upsert_items({"id": "a", "attributes": {"colour": "red", "sizes": ["L"]}})
    shop.export()
    assert offered(client, "ann", attributes={"colour": ["red"]}) == ["a"]
    shop.upsert_items(
        [
            {"id": "b", "attributes": {"colour": "red", "sizes": ["L", "M"]}},
            {"id": "a", "attributes": {"colour": "blue", "new": True}},
        ]
    )
    for _ in range(2):
        assert offered(client, "ann", attributes={"colour": ["red"]}) == ["b"]
        assert offered(client, "ann", attributes={"new": [True]}) == ["a"]
        assert set(offered(client, "ann", attributes={"sizes": ["L"]})) == {"a", "b"}
        shop.export()


def _a_new_item_may_be_bought_at_once(shop: GraphStore, client: Recommender) -> None:
    offered(client, "ann")
    shop.upsert_items({"id": "9new", "title": "New", "brand": "East"})
    shop.record({"user": "ann", "item": "9new"})
    again = client.recommend("ann", 9, known="again", weights={"repeat": 1})
    assert "New" in [one.title for one in again]
    assert client.recommend("bob", where={"brands": ["East"]})[0].title == "New"


_UPSERT_AND_DIE = """
import json, os, signal, sys
from basketweave.graph import connect
uri, login = json.loads(sys.argv[1])
store = connect(uri, **login)
store.upsert_items([{"id": "a", "price": 9.5}, {"id": "new", "categories": ["x"]}])
store.upsert_users({"id": "zoe", "attributes": {"age": 7}})
store.record({"user": "ann", "item": "new"})
print("written", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("read_only", [False, True])
def test_killed_right_after_it_is_there(
    place: Any, checkerboard: Any, read_only: bool
) -> None:
    with place.open() as store:
        store.load(checkerboard)
    ended = subprocess.run(
        [sys.executable, "-c", _UPSERT_AND_DIE, json.dumps([place.uri, place.login])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "written\n", ended.stderr
    with place.open(read_only=read_only) as store:
        assert store.item("a")["price"] == 9.5
        assert store.item("new")["categories"] == ["x"]
        assert store.user("zoe")["attributes"] == {"age": 7}
        assert len(store.export().events["PURCHASED"]) == 17
        assert store.item("new")["categories"] == ["x"]
