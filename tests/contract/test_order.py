"""Events of one time stay in the order in which they came, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.evaluation import leave_one_out
from basketweave.graph import GraphStore
from basketweave.graph.subgraph import Events, Subgraph
from basketweave.graph.tables import Tables

Make = Callable[..., Tables]


def fine(tables: Tables, *millis: int) -> Tables:
    return replace(
        tables,
        events=tables.events.with_columns(millis=pl.Series(millis, dtype=pl.Int64)),
    )


def ordered(graph: Subgraph, events: Events | None = None) -> list[str]:
    found = graph.all_events() if events is None else events
    return [graph.ids["Item"][int(k)] for k in found.item]


def test_events_of_one_time_stay_as_they_came(store: GraphStore, events: Make) -> None:
    came = ["c", "a", "10", "9", "b"]
    store.load(events(*(("u", item, 5) for item in came)))
    assert ordered(store.export()) == came


def test_random_orders_are_kept(store: GraphStore, events: Make) -> None:
    random = np.random.default_rng(3)
    came: dict[str, list[str]] = {}
    rows = []
    for k in range(30):
        came[f"u{k:02}"] = [f"i{n}" for n in random.permutation(12)[:6]]
        rows += [(f"u{k:02}", item, 7 + k % 3) for item in came[f"u{k:02}"]]
    by_turns = [rows[k + 6 * u] for k in range(6) for u in range(30)]
    store.load(events(*by_turns))
    graph = store.export()
    assert ordered(graph) == [item for items in came.values() for item in items]


def test_milliseconds_order_what_one_second_holds(
    store: GraphStore, events: Make
) -> None:
    given = events(*(("u", item, 5) for item in "abcde"), ("u", "a", 6))
    store.load(fine(given, 400, 700, 250, 550, 100, 0))
    graph = store.export()
    assert ordered(graph) == ["e", "c", "a", "d", "b", "a"]
    millis = graph.events["PURCHASED"].millis
    assert millis is not None
    assert millis.tolist() == [100, 250, 400, 550, 700, 0]
    assert graph.events["PURCHASED"].time.tolist() == [5, 5, 5, 5, 5, 6]


def test_two_clicks_within_a_second_are_two_events(
    store: GraphStore, events: Make
) -> None:
    given = fine(events(("u", "z", 5), ("u", "z", 5), ("u", "z", 5)), 150, 999, 150)
    summary = store.load(given)
    assert (summary.events, summary.already_there) == (2, 0)
    again = store.load(given)
    assert (again.events, again.already_there) == (0, 2)
    assert len(store.export().events["PURCHASED"]) == 2


def test_a_later_load_comes_after_an_earlier_one(
    store: GraphStore, events: Make
) -> None:
    store.load(events(("u", "m", 5), ("u", "n", 5)))
    store.load(events(("u", "b", 5), ("u", "m", 5), ("u", "a", 5)))
    store.load(events(("u", "0", 5), ("v", "x", 5)))
    assert ordered(store.export()) == ["m", "n", "b", "a", "0", "x"]
    for given in (["m", "n"], ["0"], ["b", "a"]):
        again = store.load(events(*(("u", item, 5) for item in given)))
        assert again.events == 0
    assert ordered(store.export()) == ["m", "n", "b", "a", "0", "x"]


def test_kinds_of_one_time_stay_as_they_came(store: GraphStore, events: Make) -> None:
    store.load(
        events(
            ("u", "a", 5, "VIEWED"),
            ("u", "b", 5, "VIEWED"),
            ("u", "b", 5, "PURCHASED"),
            ("u", "c", 5, "VIEWED"),
            ("u", "a", 5, "PURCHASED"),
        )
    )
    graph = store.export()
    assert ordered(graph) == ["a", "b", "b", "c", "a"]
    assert ordered(graph, graph.events["PURCHASED"]) == ["b", "a"]


def test_the_order_is_kept_in_a_neighbourhood_and_until_a_time(
    store: GraphStore, events: Make
) -> None:
    store.load(events(("u", "c", 5), ("u", "a", 5), ("u", "b", 5), ("u", "a", 9)))
    assert ordered(store.export(seeds=["u"])) == ["c", "a", "b", "a"]
    assert ordered(store.export(as_of=5)) == ["c", "a", "b"]
    assert ordered(store.export().until(5)) == ["c", "a", "b"]


def test_values_stay_with_their_events(store: GraphStore, events: Make) -> None:
    given = [("u", "b", 5, "RATED", 1.0), ("u", "a", 5, "RATED", 2.0)]
    store.load(fine(events(*given, ("u", "b", 5, "RATED", 3.0)), 7, 7, 9))
    found = store.export().events["RATED"]
    assert found.value.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("order", [1, -1])
def test_the_last_event_is_the_one_that_came_last(
    store: GraphStore, events: Make, order: int
) -> None:
    rows: list[Any] = [("u", item, 5) for item in "abcd"][::order]
    store.load(events(*rows))
    graph = store.export()
    split = leave_one_out(graph)
    (held_out,) = split.truth.indices
    assert graph.ids["Item"][int(held_out)] == rows[-1][1]
    assert "1 of 1" in split.cut
