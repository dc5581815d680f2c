"""What a page or a client asks of single users and items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from basketweave.graph import GraphStore, Vectors
from basketweave.graph.reads import NEAREST, RELATED


def test_a_user_had_the_latest_items_first(board: GraphStore) -> None:
    """Ann bought a, c and e on days 1, 3 and 5, and a again on day 9."""
    assert list(board.latest("ann", 2).items()) == [("a", "Item A"), ("e", "Item E")]
    assert board.latest("nobody", 2) == {}


def test_items_that_are_not_there_have_no_title(board: GraphStore) -> None:
    assert board.titles(["b", "zz", "b"]) == {"b": "Item B"}
    assert board.titles([]) == {}


def test_users_are_found_by_how_they_begin_and_items_by_their_title_too(
    board: GraphStore,
) -> None:
    assert board.find_users("", 2) == ["ann", "bob"]
    assert board.find_users("c", 9) == ["cat"]
    assert board.find_items("ITEM c", 9) == {"c": "Item C"}
    assert board.find_items("f", 9) == {"f": "Item F"}
    assert len(board.find_items("item", 4)) == 4


def test_users_and_items_are_counted(board: GraphStore) -> None:
    assert (board.count("User"), board.count("Item")) == (5, 6)


def test_what_was_just_recorded_is_found_too(loaded: GraphStore) -> None:
    loaded.upsert_items([{"id": "c", "title": "Sea"}, {"id": "cc", "title": "Item Z"}])
    loaded.record([{"user": "cai", "item": "f"}, {"user": "ann", "item": "cc"}])
    for _ in range(2):
        assert list(loaded.latest("ann", 2).items()) == [
            ("cc", "Item Z"),
            ("a", "Item A"),
        ]
        assert loaded.titles(["c", "cc"]) == {"c": "Sea", "cc": "Item Z"}
        assert loaded.find_users("c", 9) == ["cai", "cat"]
        assert set(loaded.find_items("c", 9)) == {"c", "cc"}
        assert "c" not in loaded.find_items("item", 9)
        assert next(iter(loaded.find_items("item", 9))) == "cc"
        assert (loaded.count("User"), loaded.count("Item")) == (6, 7)
        loaded.export()


def test_the_related_come_by_the_sum_of_their_weights(loaded: GraphStore) -> None:
    edges = pl.DataFrame(
        {"src": ["a", "a"], "dst": ["b", "c"], "support": [2, 1], "weight": [0.25, 0.5]}
    )
    loaded.write_item_edges("FOLLOWED_BY", edges, as_of=None)
    together = edges.head(1).with_columns(lift=pl.lit(1.0), weight=pl.lit(0.5))
    loaded.write_item_edges("CO_PURCHASED", together, as_of=None)
    found = loaded.related("a", 9)
    assert found.rows() == [("b", 0.75, "CO_PURCHASED"), ("c", 0.5, "FOLLOWED_BY")]
    assert loaded.related("a", 1)["id"].to_list() == ["b"]
    assert loaded.related("b", 9).schema == RELATED


def test_the_nearest_come_by_their_cosine(
    loaded: GraphStore, make_vectors: Callable[..., Vectors]
) -> None:
    given = make_vectors()
    some = replace(given, items=given.items[:5], item_vectors=given.item_vectors[:5])
    loaded.publish(some)
    cosines = dict(
        zip(some.items, some.item_vectors @ some.item_vectors[0], strict=True)
    )
    best = sorted((i for i in cosines if i != "a"), key=lambda i: -cosines[i])[:3]
    found = loaded.nearest("gat", "a", 3)
    assert found["id"].to_list() == best
    wanted = [float(cosines[item]) for item in best]
    assert found["cosine"].to_list() == pytest.approx(wanted, abs=1e-5)
    assert loaded.nearest("gat", "f", 3).schema == NEAREST
    assert loaded.nearest("gat", "f", 3).is_empty()
