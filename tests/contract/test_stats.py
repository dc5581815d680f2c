"""`stats` and `doctor`: by hand on the checkerboard, and on degenerate sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from basketweave.graph import GraphStore, ModelCard
from basketweave.graph.derive import derive
from basketweave.graph.stats import doctor, stats
from basketweave.graph.tables import LINKS, Tables
from basketweave.moments import DAY

Make = Callable[..., Tables]


def _said(store: GraphStore) -> str:
    return "\n".join(str(finding) for finding in doctor(store))


def test_the_checkerboard_counted_by_hand(board: GraphStore) -> None:
    found = stats(board)
    assert (found.users, found.items, found.categories, found.brands) == (5, 6, 3, 2)
    assert found.events == {"PURCHASED": 16}
    assert (found.first_at, found.last_at) == (DAY, 9 * DAY)
    assert found.density == 15 / 30
    assert (found.per_user.least, found.per_user.most) == (3, 4)
    assert (found.per_item.least, found.per_item.most) == (2, 4)
    assert found.per_item.cold == 1.0
    assert found.single_time == 0.0


def test_stats_can_be_read_and_written_as_json(board: GraphStore) -> None:
    found = stats(board)
    assert "16 PURCHASED" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["per_user"]["most"] == 4


def test_a_small_catalogue_is_warned_of(board: GraphStore) -> None:
    assert "only 6 items" in _said(board)


def test_an_empty_store_has_stats_and_a_next_step(store: GraphStore) -> None:
    assert stats(store).users == 0
    assert [f.level for f in doctor(store)] == ["error"]
    assert "basketweave load" in _said(store)


def test_events_of_one_time_are_told_of(store: GraphStore, events: Make) -> None:
    store.load(
        events(*(("u", item, 5) for item in "cab"), ("v", "a", 1), ("v", "b", 2))
    )
    found = stats(store)
    assert (found.tied, found.last_tied) == (3, 0.5)
    assert "3 events (60%) share their user and time" in _said(store)
    assert "last event of 50% of the users" in _said(store)


def test_missing_relationships_are_warned_of(loaded: GraphStore) -> None:
    assert "basketweave derive" in _said(loaded)
    derive(loaded)
    assert "not derived" not in _said(loaded)


def test_relationships_that_know_more_than_a_model_are_warned_of(
    loaded: GraphStore, make_vectors: Callable[..., Any]
) -> None:
    loaded.publish(make_vectors(as_of=4 * DAY))
    derive(loaded)
    assert "know later events" in _said(loaded)
    derive(loaded, as_of=4 * DAY)
    assert "know later events" not in _said(loaded)


def test_users_with_one_time_for_all_events_are_warned_of(
    store: GraphStore, events: Make
) -> None:
    store.load(events(("u", "i", 5), ("u", "j", 5), ("v", "i", 6), ("v", "j", 6)))
    assert stats(store).single_time == 1.0
    assert "one single time" in _said(store)


def test_many_duplicates_in_the_source_are_warned_of(
    store: GraphStore, checkerboard: Tables
) -> None:
    store.load(replace(checkerboard, notes={"exact duplicates among the events": 16}))
    assert "16 rows" in _said(store)


def test_links_that_may_know_the_test_period_are_warned_of(
    store: GraphStore, checkerboard: Tables
) -> None:
    links = pl.DataFrame([("a", "b", "ALSO_BOUGHT")], schema=dict(LINKS), orient="row")
    store.load(replace(checkerboard, links=links))
    assert "ALSO_BOUGHT" in _said(store)


def test_events_that_are_not_derived_yet_are_told(
    store: GraphStore, events: Make
) -> None:
    store.load(events(("u", "i", DAY), ("u", "j", 2 * DAY), ("v", "i", 3 * DAY)))
    derive(store)
    assert "loaded since" not in _said(store)
    store.load(events(("v", "j", 2 * DAY)))  # not even the latest
    assert "Events were loaded, or" in _said(store)
    derive(store, as_of=2 * DAY)
    assert "loaded since" not in _said(store)
    store.load(events(("w", "i", 9 * DAY)))
    assert "loaded since" not in _said(store)
    store.load(events(("w", "i", DAY)))
    assert f"derive (--as-of {2 * DAY})" in _said(store)


def test_what_is_not_trained_or_learned_is_told(
    loaded: GraphStore, make_vectors: Callable[..., Any]
) -> None:
    derive(loaded)
    assert "No encoder is live" in _said(loaded)
    loaded.publish(make_vectors(as_of=9 * DAY))
    assert "No encoder is live" not in _said(loaded)
    assert "count for nothing yet" in _said(loaded)
    loaded.publish_weights(ModelCard("blend_any", kind="blend"), {"gnn": 1.0})
    said = _said(loaded)
    assert "count for nothing" not in said
    assert "are later" not in said
    loaded.publish(make_vectors(2, as_of=4 * DAY))
    assert "'gat_v2' knows events up to 345,600: 6 are later" in _said(loaded)
    assert "were learned with gat_v1, and gat_v2 is live" in _said(loaded)
    loaded.publish(make_vectors(3, "sasrec", part="sequence"))
    loaded.rollback("gat")
    assert "were learned without sasrec_v1" in _said(loaded)
