"""Which events of one time need a word on their order, and which words."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from basketweave.graph.planned.arrival import after_stored, shortlex, with_arrival
from basketweave.graph.schema import EVENT_KINDS

Row = tuple[str, str, int, str, int]


def frame(*rows: Row) -> pl.DataFrame:
    names = ["user", "item", "time", "kind", "millis"]
    types = [pl.String, pl.String, pl.Int64, pl.String, pl.Int64]
    return pl.DataFrame(rows, dict(zip(names, types, strict=True)), orient="row")


def bought(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return frame(*((*row, "PURCHASED", 0) for row in rows))


def test_a_basket_listed_by_item_needs_no_word() -> None:
    events = bought(("u", "9", 1), ("u", "10", 1), ("v", "2", 1), ("u", "3", 2))
    assert with_arrival(events)["arrival"].to_list() == [0, 0, 0, 0]


def test_another_order_is_counted() -> None:
    events = bought(("u", "c", 1), ("u", "a", 1), ("u", "b", 1), ("u", "a", 2))
    assert with_arrival(events)["arrival"].to_list() == [0, 1, 2, 0]


def test_events_of_others_may_stand_in_between() -> None:
    events = bought(("u", "c", 1), ("v", "z", 1), ("u", "a", 1), ("v", "y", 1))
    assert with_arrival(events)["arrival"].to_list() == [0, 0, 1, 1]


def test_what_is_stored_from_other_loads_comes_first() -> None:
    load = with_arrival(bought(("u", "a", 1), ("u", "b", 1), ("u", "b", 2)))
    stored = with_arrival(bought(("u", "z", 1), ("u", "y", 1)))
    found = after_stored(load, load, stored)
    assert found["arrival"].to_list() == [2, 2, 0]


def test_a_load_that_was_broken_off_goes_on() -> None:
    load = with_arrival(bought(("u", "c", 1), ("u", "a", 1), ("u", "b", 1)))
    stored, rest = load[1:2], load[[0, 2]]
    assert after_stored(rest, load, stored)["arrival"].to_list() == [0, 2]


def test_shorter_ids_come_first() -> None:
    assert shortlex(pl.Series(["10", "9", "a", "100"])).tolist() == [2, 0, 1, 3]


events_ = st.lists(
    st.tuples(
        st.sampled_from("uv"),
        st.sampled_from(["9", "10", "a"]),
        st.integers(0, 2),
        st.sampled_from(EVENT_KINDS),
        st.integers(0, 1),
    ),
    max_size=12,
    unique=True,
)


@given(events_)
def test_each_users_order_within_a_moment_is_read_back(rows: list[Row]) -> None:
    told = with_arrival(frame(*rows)).with_row_index("row")
    place = dict(zip(["9", "a", "10"], range(3), strict=True))
    kinds = dict(zip(EVENT_KINDS, range(4), strict=True))
    back = told.sort(
        "user",
        "time",
        "millis",
        "arrival",
        pl.col("kind").replace_strict(kinds),
        pl.col("item").replace_strict(place),
    )
    assert back.equals(told.sort("user", "time", "millis", "row"))


@given(events_)
def test_rows_of_others_in_between_change_no_word(rows: list[Row]) -> None:
    together = frame(*rows).sort("user", "time", "millis", maintain_order=True)
    told = with_arrival(frame(*rows)).sort(
        "user", "time", "millis", maintain_order=True
    )
    assert with_arrival(together).equals(told)
