"""Derived relationships and scores: what is written is what stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from basketweave.errors import SchemaError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.moments import DAY

Rows = Callable[..., list[tuple[Any, ...]]]


def _edges(*given: tuple[str, str, int, float]) -> pl.DataFrame:
    return pl.DataFrame(given, schema=["src", "dst", "support", "weight"], orient="row")


def test_edges_stand_as_written(loaded: GraphStore, pairs: Rows) -> None:
    given = _edges(("a", "c", 3, 0.5), ("c", "a", 3, 0.25))
    assert loaded.write_item_edges("FOLLOWED_BY", given, as_of=None) == 2
    graph = loaded.export(relations=["FOLLOWED_BY"])
    assert pairs(graph, "FOLLOWED_BY") == given.rows()
    edges = graph.edges["Item", "FOLLOWED_BY", "Item"]
    assert {name: c.dtype.kind for name, c in edges.columns.items()} == {
        "support": "i",
        "weight": "f",
    }


def test_co_purchases_have_their_lift(loaded: GraphStore, pairs: Rows) -> None:
    given = _edges(("a", "c", 3, 0.5)).with_columns(lift=2.0)
    loaded.write_item_edges("CO_PURCHASED", given, as_of=None)
    graph = loaded.export(relations=["CO_PURCHASED"])
    columns = graph.edges["Item", "CO_PURCHASED", "Item"].columns
    assert {name: c.tolist() for name, c in columns.items()} == {
        "support": [3],
        "lift": [2.0],
        "weight": [0.5],
    }


def test_what_differs_is_changed_and_what_is_gone_goes(
    loaded: GraphStore, pairs: Rows
) -> None:
    loaded.write_item_edges(
        "FOLLOWED_BY",
        _edges(("a", "b", 1, 0.1), ("a", "c", 1, 0.2), ("b", "c", 1, 0.3)),
        as_of=None,
    )
    after = _edges(("a", "b", 1, 0.1), ("a", "c", 2, 0.9), ("d", "e", 1, 0.5))
    assert loaded.write_item_edges("FOLLOWED_BY", after, as_of=None) == 3
    graph = loaded.export(relations=["FOLLOWED_BY"])
    assert pairs(graph, "FOLLOWED_BY") == after.rows()


def test_writing_the_same_again_changes_nothing(
    loaded: GraphStore, pairs: Rows
) -> None:
    given = _edges(("a", "b", 1, 0.1), ("b", "a", 1, 0.7))
    for _ in range(2):
        assert loaded.write_item_edges("FOLLOWED_BY", given, as_of=None) == 2
    assert (
        pairs(loaded.export(relations=["FOLLOWED_BY"]), "FOLLOWED_BY") == given.rows()
    )


def test_no_edges_remove_those_that_stood(loaded: GraphStore, pairs: Rows) -> None:
    given = _edges(("a", "b", 1, 0.1))
    loaded.write_item_edges("FOLLOWED_BY", given, as_of=None)
    assert loaded.write_item_edges("FOLLOWED_BY", given.clear(), as_of=None) == 0
    assert pairs(loaded.export(relations=["FOLLOWED_BY"]), "FOLLOWED_BY") == []


def test_kinds_do_not_mix(loaded: GraphStore, pairs: Rows) -> None:
    loaded.write_item_edges("FOLLOWED_BY", _edges(("a", "b", 1, 0.1)), as_of=None)
    together = _edges(("c", "d", 1, 0.1)).with_columns(lift=1.0)
    loaded.write_item_edges("CO_PURCHASED", together, as_of=None)
    graph = loaded.export(relations=["FOLLOWED_BY", "CO_PURCHASED"])
    assert [row[:2] for row in pairs(graph, "FOLLOWED_BY")] == [("a", "b")]
    assert [row[:2] for row in pairs(graph, "CO_PURCHASED")] == [("c", "d")]


def test_only_derived_kinds_can_be_written(loaded: GraphStore) -> None:
    with pytest.raises(SchemaError, match="MADE_BY"):
        loaded.write_item_edges("MADE_BY", _edges(("a", "b", 1, 0.1)), as_of=None)


def test_the_dataset_says_up_to_when_they_know_events(loaded: GraphStore) -> None:
    loaded.write_item_edges("FOLLOWED_BY", _edges(("a", "b", 1, 0.1)), as_of=4 * DAY)
    dataset = loaded.dataset()
    assert dataset is not None
    assert (dataset.derived, dataset.derived_as_of) == (True, 4 * DAY)
    loaded.write_item_edges("FOLLOWED_BY", _edges(("a", "b", 1, 0.1)), as_of=None)
    dataset = loaded.dataset()
    assert dataset is not None
    assert dataset.derived_as_of is None


def test_scores_are_item_properties(loaded: GraphStore) -> None:
    scores = pl.DataFrame({"id": ["a", "b", "zz"], "popularity": [1.5, 0.5, 9.0]})
    loaded.write_item_scores(scores)
    loaded.write_item_scores(scores.with_columns(pl.col("popularity") * 2))
    found = loaded.run(
        "MATCH (i:Item) WHERE i.popularity IS NOT NULL "
        "RETURN i.id AS id, i.popularity AS p ORDER BY id"
    )
    assert found.rows() == [("a", 3.0), ("b", 1.0)]


def test_a_derivation_can_be_exported_and_done_again(
    loaded: GraphStore, pairs: Rows
) -> None:
    derive(loaded)
    kinds = ["CO_PURCHASED", "FOLLOWED_BY"]
    first = loaded.export(relations=kinds)
    derive(loaded)
    second = loaded.export(relations=kinds)
    for kind in kinds:
        assert pairs(first, kind) == pairs(second, kind)
    assert pairs(first, "CO_PURCHASED") != []
