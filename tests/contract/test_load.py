"""Loading: nothing twice, nothing lost, and attributes as last told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from basketweave.errors import DataError, SchemaError, StoreError
from basketweave.graph import GraphStore
from basketweave.graph.tables import LINKS, Tables
from basketweave.moments import DAY

ODD_IDS = [
    "it's",
    'say "so"',
    "back\\slash",
    "`tick`",
    "x` DETACH DELETE n //",
    "{brace} $param",
    "new\nline",
    " spaces ",
    "köln 東京 🛒",
    "e\u0301 is not \u00e9",
    "\u00e9",
    "0",
    "00",
    "a" * 8_000,
]
Rows = Callable[..., list[tuple[Any, ...]]]
Make = Callable[..., Tables]


def test_the_summary_counts_what_was_added(
    store: GraphStore, checkerboard: Tables
) -> None:
    summary = store.load(checkerboard)
    assert (summary.users, summary.items, summary.events) == (5, 6, 16)
    assert (summary.categories, summary.brands, summary.already_there) == (3, 2, 0)


def test_loading_again_adds_nothing(
    loaded: GraphStore, checkerboard: Tables, rows: Rows, pairs: Rows
) -> None:
    before = loaded.export()
    summary = loaded.load(checkerboard)
    assert (summary.users, summary.items, summary.events) == (0, 0, 0)
    assert (summary.categories, summary.brands, summary.links) == (0, 0, 0)
    assert summary.already_there == 16
    after = loaded.export()
    assert rows(after) == rows(before)
    for kind in ("IN_CATEGORY", "SUBCATEGORY_OF", "MADE_BY"):
        assert pairs(after, kind) == pairs(before, kind) != []


def test_the_catalogue_is_tied_to_the_items(loaded: GraphStore, pairs: Rows) -> None:
    graph = loaded.export()
    assert pairs(graph, "SUBCATEGORY_OF") == [
        ("food/bread", "food"),
        ("food/fruit", "food"),
    ]
    assert pairs(graph, "MADE_BY") == [
        ("a", "North"),
        ("b", "South"),
        ("c", "North"),
        ("d", "South"),
        ("e", "North"),
    ]
    assert pairs(graph, "IN_CATEGORY")[0] == ("a", "food/fruit")
    assert len(pairs(graph, "IN_CATEGORY")) == 6


def test_new_events_of_known_users_are_added_once(
    loaded: GraphStore, events: Make, rows: Rows
) -> None:
    more = events(("ann", "a", 20 * DAY), ("ann", "b", 20 * DAY), ("ann", "a", DAY))
    summary = loaded.load(more)
    assert (summary.events, summary.already_there) == (2, 1)
    of_ann = [(i, t // DAY) for u, i, t, _ in rows(loaded.export()) if u == "ann"]
    assert of_ann == [("a", 1), ("a", 9), ("a", 20), ("b", 20), ("c", 3), ("e", 5)]


def test_events_of_one_user_item_and_time_count_once(
    store: GraphStore, events: Make, rows: Rows
) -> None:
    summary = store.load(events(("u", "i", 5), ("u", "i", 5), ("u", "j", 5)))
    assert summary.events == 2
    assert rows(store.export()) == [("u", "i", 5, None), ("u", "j", 5, None)]


def test_the_same_pair_at_two_times_is_two_events(
    store: GraphStore, events: Make, rows: Rows
) -> None:
    store.load(events(("u", "i", 5), ("u", "i", 6)))
    store.load(events(("u", "i", 1)))
    assert [time for _, _, time, _ in rows(store.export())] == [1, 5, 6]


def test_the_order_of_the_rows_does_not_matter(
    store: GraphStore, checkerboard: Tables, rows: Rows
) -> None:
    shuffled = checkerboard.events.sample(fraction=1, shuffle=True, seed=1)
    store.load(replace(checkerboard, events=shuffled))
    wanted = checkerboard.events["user", "item", "time", "value"].rows()
    assert rows(store.export()) == sorted(wanted)


def test_kinds_of_events_are_told_apart(
    store: GraphStore, events: Make, rows: Rows
) -> None:
    store.load(
        events(
            ("u", "i", 1, "VIEWED"),
            ("u", "i", 1, "RATED", 4.5),
            ("u", "i", 1, "ADDED_TO_CART"),
            ("u", "i", 1, "PURCHASED", 2.0),
            ("u", "i", 2, "PURCHASED"),
        )
    )
    graph = store.export()
    assert set(graph.events) == {"VIEWED", "RATED", "ADDED_TO_CART", "PURCHASED"}
    assert rows(graph, "RATED") == [("u", "i", 1, 4.5)]
    assert rows(graph, "VIEWED") == [("u", "i", 1, None)]
    assert rows(graph) == [("u", "i", 1, 2.0), ("u", "i", 2, None)]


def test_an_unknown_kind_of_event_is_refused(store: GraphStore, events: Make) -> None:
    with pytest.raises(SchemaError, match="STOLE"):
        store.load(events(("u", "i", 1, "STOLE")))


def test_any_text_can_be_an_id(store: GraphStore, events: Make, rows: Rows) -> None:
    given = [(odd, odd, k) for k, odd in enumerate(ODD_IDS)]
    store.load(events(*given))
    store.load(events(*given))
    wanted = sorted((user, item, time, None) for user, item, time in given)
    assert rows(store.export()) == wanted
    for odd in ODD_IDS:
        found = store.run("MATCH (u:User {id: $id}) RETURN u.id AS id", {"id": odd})
        assert found["id"].to_list() == [odd]


def test_an_id_of_10_000_characters_is_kept_or_refused_but_never_cut(
    store: GraphStore, events: Make
) -> None:
    # Neo4j indexes up to 8 kB.
    long = "a" * 10_000
    with suppress(StoreError, DataError):
        store.load(events((long, "i", 1)))
    assert set(store.export().ids["User"]) <= {long}


def test_a_title_of_10_000_characters_is_kept(store: GraphStore, events: Make) -> None:
    title = "é" * 10_000
    items = pl.DataFrame({"id": ["i"], "title": [title]})
    store.load(events(("u", "i", 1), items=items))
    found = store.run("MATCH (i:Item) RETURN i.title AS title")
    assert found["title"].to_list() == [title]


def test_attributes_of_known_items_are_updated(
    loaded: GraphStore, checkerboard: Tables
) -> None:
    dearer = checkerboard.items.with_columns(
        price=pl.col("price") * 10, stock=pl.lit(7), fresh=pl.lit(True)
    )
    loaded.load(replace(checkerboard, items=dearer))
    found = loaded.run(
        "MATCH (i:Item {id: $id}) "
        "RETURN i.title AS title, i.price AS price, i.stock AS stock, i.fresh AS fresh",
        {"id": "b"},
    )
    assert found.rows() == [("Item B", 20.0, 7, True)]


def test_attributes_of_users_are_kept(store: GraphStore, events: Make) -> None:
    users = pl.DataFrame({"id": ["u", "v"], "age": [31, None], "town": [None, "Köln"]})
    store.load(events(("u", "i", 1), users=users))
    found = store.run(
        "MATCH (u:User) RETURN u.id AS id, u.age AS age, u.town AS town ORDER BY id"
    )
    assert found.rows() == [("u", 31, None), ("v", None, "Köln")]


def test_an_attribute_can_be_a_list(store: GraphStore, events: Make) -> None:
    for tags in ([["a", "b"], []], [["a", "b"], ["c"]]):
        items = pl.DataFrame({"id": ["i", "j"], "title": ["I", "J"], "tags": tags})
        store.load(events(("u", "i", 1), items=items))
    found = store.run("MATCH (i:Item) RETURN i.id AS id, i.tags AS tags ORDER BY id")
    assert found.rows() == [("i", ["a", "b"]), ("j", ["c"])]


def test_a_column_that_a_later_load_lacks_stays(
    loaded: GraphStore, checkerboard: Tables
) -> None:
    loaded.load(replace(checkerboard, items=checkerboard.items.drop("price")))
    found = loaded.run("MATCH (i:Item {id: 'c'}) RETURN i.price AS price")
    assert found["price"].to_list() == [3.0]


def test_an_item_has_the_brand_that_was_told_last(
    loaded: GraphStore, checkerboard: Tables, pairs: Rows
) -> None:
    brands = ["South", None, "North", "South", "West", "North"]
    moved = checkerboard.items.with_columns(brand=pl.Series(brands))
    loaded.load(replace(checkerboard, items=moved))
    assert pairs(loaded.export(), "MADE_BY") == [
        ("a", "South"),
        ("c", "North"),
        ("d", "South"),
        ("e", "West"),
        ("f", "North"),
    ]


@pytest.mark.parametrize("name", ["a` DELETE n //", "two words", "ünder", "_id", ""])
def test_a_column_whose_name_cannot_be_a_property_is_refused(
    store: GraphStore, checkerboard: Tables, name: str
) -> None:
    items = checkerboard.items.with_columns(pl.lit(1).alias(name))
    with pytest.raises(SchemaError, match="cannot be a property"):
        store.load(replace(checkerboard, items=items))


def test_names_that_are_words_of_the_query_language_are_properties(
    store: GraphStore, checkerboard: Tables
) -> None:
    items = checkerboard.items.with_columns(order=pl.lit(1), match=pl.lit("x"))
    store.load(replace(checkerboard, items=items))
    store.load(replace(checkerboard, items=items.with_columns(order=pl.lit(2))))
    found = store.run("MATCH (i:Item {id: 'a'}) RETURN i.`order` AS n, i.`match` AS m")
    assert found.rows() == [(2, "x")]


def test_a_column_that_cannot_be_a_property_is_refused(
    store: GraphStore, checkerboard: Tables
) -> None:
    items = checkerboard.items.with_columns(size=pl.struct(w=1, h=2))
    with pytest.raises(DataError, match="size"):
        store.load(replace(checkerboard, items=items))


def test_links_within_the_catalogue_are_kept_apart_from_training(
    store: GraphStore, checkerboard: Tables, pairs: Rows
) -> None:
    links = pl.DataFrame(
        [
            ("a", "b", "ALSO_BOUGHT"),
            ("a", "zz", "ALSO_BOUGHT"),
            ("a", "c", "ALSO_VIEWED"),
        ],
        schema=dict(LINKS),
        orient="row",
    )
    tables = replace(checkerboard, links=links)
    assert store.load(tables).links == 2
    assert store.load(tables).links == 0
    asked = store.export(relations=["ALSO_BOUGHT", "ALSO_VIEWED"])
    assert pairs(asked, "ALSO_BOUGHT") == [("a", "b")]
    assert pairs(asked, "ALSO_VIEWED") == [("a", "c")]
    assert "ALSO_BOUGHT" not in {kind for _, kind, _ in store.export().edges}


def test_a_link_that_leads_nowhere_is_told_of_once(
    store: GraphStore, checkerboard: Tables
) -> None:
    rows = [("a", "zz", "ALSO_BOUGHT"), ("a", "zz", "ALSO_BOUGHT")]
    links = pl.DataFrame(rows, schema=dict(LINKS), orient="row")
    summary = store.load(replace(checkerboard, links=links))
    assert summary.links == 0
    assert summary.notes == {"links to items that the catalogue lacks, left out": 1}


def test_an_unknown_kind_of_link_is_refused(
    store: GraphStore, checkerboard: Tables
) -> None:
    links = pl.DataFrame([("a", "b", "LOOKS_LIKE")], schema=dict(LINKS), orient="row")
    with pytest.raises(SchemaError, match="LOOKS_LIKE"):
        store.load(replace(checkerboard, links=links))


def test_no_event_is_lost_without_being_told(
    store: GraphStore, events: Make, rows: Rows
) -> None:
    tables = events(("u", "i", 1), ("u", "stranger", 2))
    summary = store.load(
        replace(tables, items=tables.items.filter(pl.col("id") == "i"))
    )
    told = sum(n for note, n in summary.notes.items() if "unknown" in note)
    assert len(rows(store.export())) + told == 2


def test_a_source_without_events_can_be_loaded(
    store: GraphStore, checkerboard: Tables
) -> None:
    summary = store.load(replace(checkerboard, events=checkerboard.events.clear()))
    assert (summary.items, summary.events) == (6, 0)
    assert store.export().events == {}
    dataset = store.dataset()
    assert dataset is not None
    assert (dataset.first_at, dataset.last_at) == (None, None)


def test_an_empty_store_has_no_dataset(store: GraphStore) -> None:
    assert store.dataset() is None


def test_the_dataset_says_what_was_loaded(
    store: GraphStore, checkerboard: Tables
) -> None:
    store.load(replace(checkerboard, user_ids="int"))
    dataset = store.dataset()
    assert dataset is not None
    assert (dataset.name, dataset.schema_version) == ("checkerboard", 1)
    assert (dataset.user_ids, dataset.item_ids) == ("int", "str")
    assert (dataset.first_at, dataset.last_at) == (DAY, 9 * DAY)
    assert (dataset.derived, dataset.derived_as_of) == (False, None)


def test_a_later_source_widens_the_dataset(
    store: GraphStore, checkerboard: Tables, events: Make
) -> None:
    store.load(replace(checkerboard, user_ids="int"))
    store.load(events(("zoe", "a", 30 * DAY), ("zoe", "a", 0)))
    dataset = store.dataset()
    assert dataset is not None
    assert (dataset.first_at, dataset.last_at) == (0, 30 * DAY)
    assert dataset.user_ids == "str"


def test_every_write_counts_as_a_change(
    loaded: GraphStore, checkerboard: Tables, events: Make
) -> None:
    def changes() -> int:
        dataset = loaded.dataset()
        assert dataset is not None
        return dataset.changes

    seen = [changes()]
    loaded.load(events(("ann", "b", 40 * DAY)))
    seen.append(changes())
    loaded.write_item_scores(pl.DataFrame({"id": ["a"], "popularity": [1.0]}))
    seen.append(changes())
    assert seen == sorted(set(seen))


def test_a_store_of_a_newer_version_is_refused(place: Any) -> None:
    # Written by hand, as no version of this package writes it.
    with place.open() as store:
        _pretend_newer(store)
    with pytest.raises(SchemaError, match="Upgrade"):
        place.open().dataset()


def _pretend_newer(store: Any) -> None:
    if store.dialect == "neo4j":
        store._database.write(
            "MERGE (d:Dataset {id: 'dataset'}) SET d += $properties",
            properties={
                "name": "x",
                "schemaVersion": 99,
                "userIds": "str",
                "itemIds": "str",
                "derived": False,
                "changes": 0,
            },
        )
        return
    with store._file.writing() as session:
        session.do(
            "CREATE (:Dataset {id: 'dataset', name: 'x', schemaVersion: 99, "
            "userIds: 'str', itemIds: 'str', derived: false, changes: 0})"
        )
