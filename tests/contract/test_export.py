"""Exporting: sorted, bounded in time, and only what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.errors import NotFoundError, SchemaError, UsageError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.moments import DAY

Rows = Callable[..., list[tuple[Any, ...]]]
Make = Callable[..., Tables]


def test_arrays_have_the_types_that_models_expect(board: GraphStore) -> None:
    e = board.export().events["PURCHASED"]
    assert {e.user.dtype, e.item.dtype, e.time.dtype} == {np.dtype(np.int64)}
    assert e.value.dtype == np.float32


def test_no_event_after_the_bound_is_given(board: GraphStore, rows: Rows) -> None:
    graph = board.export(as_of=3 * DAY)
    assert graph.as_of == 3 * DAY
    assert graph.shape == (5, 6)
    days = [time // DAY for _, _, time, _ in rows(graph)]
    assert sorted(days) == [1, 1, 1, 2, 2, 3, 3, 3]


def test_a_bound_before_all_events_gives_none(board: GraphStore) -> None:
    assert all(len(e) == 0 for e in board.export(as_of=0).events.values())


def test_a_bound_is_the_same_as_cutting_afterwards(
    board: GraphStore, rows: Rows
) -> None:
    assert rows(board.export(as_of=4 * DAY)) == rows(board.export().until(4 * DAY))


def test_a_kind_asked_for_is_there_even_without_events(board: GraphStore) -> None:
    assert len(board.export(kinds=["RATED"]).events["RATED"]) == 0


def test_only_the_relations_asked_for_are_given(board: GraphStore) -> None:
    assert board.export(relations=[]).edges == {}
    assert set(board.export(relations=["MADE_BY"]).edges) == {
        ("Item", "MADE_BY", "Brand")
    }
    assert {kind for _, kind, _ in board.export().edges} == {
        "IN_CATEGORY",
        "SUBCATEGORY_OF",
        "MADE_BY",
    }
    with pytest.raises(SchemaError, match="KNOWS"):
        board.export(relations=["KNOWS"])


def test_one_hop_gives_the_items_of_the_seeds(board: GraphStore, rows: Rows) -> None:
    graph = board.export(seeds=["bob"], hops=1)
    assert graph.ids["User"].to_list() == ["bob"]
    assert sorted(graph.ids["Item"]) == ["b", "d", "f"]
    assert [item for _, item, _, _ in rows(graph)] == ["b", "d", "f"]


def test_two_hops_give_the_users_who_share_items(
    board: GraphStore, rows: Rows, pairs: Rows
) -> None:
    graph = board.export(seeds=["bob"], hops=2)
    assert sorted(graph.ids["User"]) == ["bob", "dan"]
    assert len(rows(graph)) == 6
    assert pairs(graph, "MADE_BY") == [("b", "South"), ("d", "South")]
    assert pairs(graph, "SUBCATEGORY_OF") == [("food/bread", "food")]
    assert sorted(graph.ids["Category"]) == ["food", "food/bread"]
    assert graph.ids["Brand"].to_list() == ["South"]


def test_hops_do_not_go_over_events_after_the_bound(board: GraphStore) -> None:
    graph = board.export(seeds=["bob"], hops=1, as_of=2 * DAY)
    assert graph.ids["Item"].to_list() == ["b"]


def test_a_seed_that_does_not_exist_is_told(board: GraphStore) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        board.export(seeds=["ann", "nobody"])


def test_a_subgraph_turns_into_other_forms(board: GraphStore) -> None:
    graph = board.export()
    data = graph.to_pyg()
    assert data["User"].num_nodes == 5
    assert data["User", "PURCHASED", "Item"].edge_index.shape == (2, 15)
    assert data["Item", "MADE_BY", "Brand"].edge_index.shape == (2, 5)
    assert ("User", "ann") in graph.to_networkx()


def test_item_properties_come_along_when_they_are_asked_for(board: GraphStore) -> None:
    assert board.export().items is None
    graph = board.export(items=["title", "price", "absent"], seeds=["bob"], hops=1)
    assert graph.items is not None
    assert graph.items["id"].to_list() == graph.ids["Item"].to_list()
    assert graph.items.sort("id").rows() == [
        ("b", "Item B", 2.0, None),
        ("d", "Item D", 4.0, None),
        ("f", "Item F", 6.0, None),
    ]
    earlier = graph.until(DAY).items
    assert earlier is not None
    assert earlier.equals(graph.items)


def test_a_single_name_or_id_is_one_of_a_list(board: GraphStore) -> None:
    graph = board.export(
        kinds="PURCHASED", relations="MADE_BY", seeds="bob", hops=1, items="title"
    )
    assert graph.ids["User"].to_list() == ["bob"]
    assert set(graph.events) == {"PURCHASED"}
    assert {kind for _, kind, _ in graph.edges} == {"MADE_BY"}
    assert graph.items is not None
    assert graph.items.columns == ["id", "title"]


UNCLEAR: list[dict[str, Any]] = [
    {"seeds": 1.5},
    {"seeds": [None]},
    {"seeds": {"1": 2}},
    {"seeds": True},
    {"kinds": 3},
    {"relations": [b"MADE_BY"]},
    {"items": [1]},
    {"hops": -1},
    {"hops": "2"},
    {"as_of": "some day"},
    {"as_of": float("nan")},
]


def test_what_cannot_be_understood_is_refused(
    board: GraphStore, subtests: pytest.Subtests
) -> None:
    for given in UNCLEAR:
        with subtests.test(given=given), pytest.raises(UsageError):
            board.export(**given)


def test_a_bound_may_be_a_date(board: GraphStore, rows: Rows) -> None:
    until = rows(board.export(as_of=5 * DAY - 1))
    for moment in ("1970-01-05", date(1970, 1, 5), "1970-01-05T23:59:59"):
        assert rows(board.export(as_of=moment)) == until


def test_an_empty_store_gives_an_empty_subgraph(store: GraphStore) -> None:
    graph = store.export()
    assert graph.shape == (0, 0)
    assert graph.events == {}
    assert all(len(edges) == 0 for edges in graph.edges.values())


def test_events_are_sorted_by_user_and_then_by_time(
    store: GraphStore, events: Make
) -> None:
    random = np.random.default_rng(0)
    given = {(f"u{a}", f"i{b}", int(c)) for a, b, c in random.integers(0, 9, (99, 3))}
    store.load(events(*given))
    e = store.export().events["PURCHASED"]
    assert len(e) == len(given)
    order = np.lexsort((e.time, e.user))
    assert order.tolist() == list(range(len(e)))


def test_users_and_items_without_events_are_there(
    store: GraphStore, checkerboard: Tables, events: Make
) -> None:
    alone = events(("ann", "a", 1), users=checkerboard.users, items=checkerboard.items)
    store.load(alone)
    graph = store.export()
    assert graph.shape == (5, 6)
    assert len(graph.events["PURCHASED"]) == 1


def test_only_the_kinds_asked_for_are_given(store: GraphStore, events: Make) -> None:
    store.load(events(("u", "i", 1), ("u", "i", 2, "VIEWED")))
    assert set(store.export(kinds=["VIEWED"]).events) == {"VIEWED"}
    assert set(store.export(kinds=[]).events) == set()
    with pytest.raises(SchemaError, match="STOLE"):
        store.export(kinds=["STOLE"])


def test_item_properties_of_an_empty_store_are_an_empty_frame(
    store: GraphStore,
) -> None:
    items = store.export(items=["title"]).items
    assert items is not None
    assert items.columns == ["id", "title"]
    assert items.is_empty()


def test_seeds_may_be_numbers_of_any_kind(store: GraphStore, events: Make) -> None:
    store.load(events(("1", "i", 1), ("12", "i", 2), ("2", "j", 3)))
    for seeds in (12, [12], np.int64(12), np.array([12]), pl.Series([12]), "12"):
        graph = store.export(seeds=seeds, hops=0)  # type: ignore[arg-type]
        assert graph.ids["User"].to_list() == ["12"]
    with pytest.raises(NotFoundError, match="'3'"):
        store.export(seeds=3)


@pytest.mark.parametrize(
    "given", [{"relations": ["CO_PURCHASED"]}, {"items": ["title", "popularity"]}]
)
def test_what_is_derived_may_not_know_what_came_after_the_bound(
    loaded: GraphStore, given: dict[str, Any]
) -> None:
    derive(loaded)
    with pytest.raises(UsageError, match="--as-of 345600"):
        loaded.export(as_of=4 * DAY, **given)
    for harmless in (None, 9 * DAY):
        loaded.export(as_of=harmless, **given)
    derive(loaded, as_of=4 * DAY)
    for harmless in (None, 4 * DAY, 5 * DAY):
        loaded.export(as_of=harmless, **given)
    with pytest.raises(UsageError, match="know what came later"):
        loaded.export(as_of=3 * DAY, **given)
