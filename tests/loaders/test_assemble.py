"""The order of events: by time, within a second by milliseconds, then as they came."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.errors import DataError
from basketweave.graph.tables import EVENTS, Tables
from basketweave.loaders.assemble import EVENT_KEY, assemble, duplicates


def clicks(*rows: tuple[str, int, int | None]) -> pl.DataFrame:
    """Events (item, second, millisecond) of one user."""
    frame = pl.DataFrame(
        rows, {"item": pl.String, "time": pl.Int64, "millis": pl.Int64}, orient="row"
    )
    return frame.with_columns(
        user=pl.lit("u"), kind=pl.lit("VIEWED"), value=pl.lit(None, pl.Float64)
    ).select(*EVENTS, "millis")


def test_events_of_one_second_are_ordered_by_their_milliseconds() -> None:
    tables = assemble("x", clicks(("a", 5, 400), ("b", 5, None), ("c", 4, 900)))
    assert tables.events["item"].to_list() == ["c", "b", "a"]
    assert tables.events["millis"].to_list() == [900, 0, 400]
    assert tables.notes["events out of time order, sorted"] == 2


def test_events_of_one_time_stay_as_they_came() -> None:
    tables = assemble("x", clicks(("b", 5, 1), ("a", 5, 1), ("c", 5, 1)))
    assert tables.events["item"].to_list() == ["b", "a", "c"]
    assert "events out of time order, sorted" not in tables.notes


def test_clicks_on_one_item_milliseconds_apart_are_two_events() -> None:
    events = clicks(("z", 5, 150), ("z", 5, 999), ("z", 5, 150))
    assert duplicates(events).to_list() == [2]
    assert assemble("x", events).notes["exact duplicates among the events"] == 1


def test_milliseconds_that_say_nothing_are_left_out() -> None:
    assert "millis" not in assemble("x", clicks(("a", 5, 0), ("b", 5, None))).events


@pytest.mark.parametrize("wrong", [-1, 1000])
def test_milliseconds_are_within_the_second(wrong: int) -> None:
    with pytest.raises(DataError, match="0 to 999"):
        assemble("x", clicks(("a", 5, wrong)))


def test_milliseconds_are_whole_numbers() -> None:
    tables = assemble("x", clicks(("a", 5, 7)))
    decimal = tables.events.with_columns(pl.col("millis").cast(pl.Float64))
    with pytest.raises(DataError, match="millis"):
        replace(tables, events=decimal)


def test_what_only_events_name_is_told_apart_from_the_catalogue() -> None:
    items = pl.DataFrame({"id": ["a", "b"], "price": [1, None]})
    tables: Tables = assemble("x", clicks(("a", 1, 0), ("c", 2, 0)), items=items)
    assert tables.items["id"].to_list() == ["a", "b", "c"]
    assert tables.bare["items"].to_list() == ["c"]
    assert tables.bare["users"].to_list() == ["u"]


PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=60)


def events_of(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema=["user", "item"], orient="row")
    return frame.cast(pl.String).with_row_index("n")


@given(PAIRS)
@settings(deadline=None)
def test_duplicates_are_the_rows_that_unique_drops(
    pairs: list[tuple[int, int]],
) -> None:
    events = events_of(pairs).with_columns(kind=pl.lit("VIEWED"), time=pl.lit(1))
    again = set(duplicates(events).to_list())
    kept = events.unique(EVENT_KEY, keep="first")["n"].to_list()
    assert again == set(events["n"].to_list()) - set(kept)
