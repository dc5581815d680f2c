"""Options: each removes what it says, tells how much, and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders import Options, load_tables, sources
from basketweave.loaders.select import select
from basketweave.moments import DAY

Load = Callable[..., Tables]


def test_a_time_window_includes_both_ends(checkerboard: Tables) -> None:
    kept = select(checkerboard, Options(since=2 * DAY, until=4 * DAY))
    assert sorted(set(kept.events["time"])) == [2 * DAY, 3 * DAY, 4 * DAY]
    assert kept.notes == {
        "events before 'since', left out": 3,
        "events after 'until', left out": 6,
    }
    assert len(kept.users) == 5
    assert len(kept.items) == 6


@pytest.mark.parametrize(
    "moment",
    [
        1_483_228_800,
        "1483228800",
        "2017-01-01",
        "2017-01-01T00:00:00Z",
        "2017-01-01T01:00:00+01:00",
        date(2017, 1, 1),
        datetime(2017, 1, 1),
        datetime(2017, 1, 1, tzinfo=UTC),
    ],
)
def test_a_moment_may_be_written_in_many_ways(moment: object) -> None:
    assert Options.model_validate({"since": moment}).since == 1_483_228_800


def test_too_few_stars_are_dropped_and_other_kinds_kept(load_csv: Load) -> None:
    text = (
        "user,item,time,did,n\na,x,1,rate,2\na,y,2,rate,4\na,z,3,buy,1\na,w,4,rate,\n"
    )
    kinds = "  kinds: {column: did, names: {rate: RATED, buy: PURCHASED}}\n"
    just = load_csv(text, f"{kinds}  value: n\n", min_stars=4)
    assert just.events["item"].to_list() == ["y", "z"]
    kept = load_csv(text, f"{kinds}  value: n\n", min_stars=3)
    assert kept.events["item"].to_list() == ["y", "z"]
    assert kept.notes == {"events with too few stars, left out": 2}


def test_stars_of_a_source_without_ratings_are_a_mistake(load_csv: Load) -> None:
    with pytest.raises(UsageError, match=r"has PURCHASED\. Leave min_stars out"):
        load_csv("user,item,time\na,x,1\n", min_stars=3)


def test_duplicates_are_counted_and_only_dropped_when_asked(load_csv: Load) -> None:
    text = "user,item,time\na,x,1\na,x,1\na,x,1\nb,x,1\na,x,2\n"
    loaded = load_csv(text)
    assert len(loaded.events) == 5
    assert loaded.notes == {"exact duplicates among the events": 2}
    once = load_csv(text, deduplicate=True)
    assert once.events.select("user", "time").rows() == [("a", 1), ("b", 1), ("a", 2)]
    assert once.notes == {"exact duplicates among the events, removed": 2}


def test_events_out_of_time_order_are_sorted_and_counted(load_csv: Load) -> None:
    tables = load_csv("user,item,time\na,x,3\na,y,1\nb,x,2\na,z,3\nb,y,2\n")
    assert tables.events.select("user", "item").rows() == [
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
        ("a", "x"),
        ("a", "z"),
    ]
    assert tables.notes == {"events out of time order, sorted": 1}


def test_the_three_core_of_the_checkerboard(checkerboard: Tables) -> None:
    """bob and dan have three items, but each of those has only two buyers."""
    kept = select(checkerboard, Options(k_core=3))
    assert kept.users["id"].to_list() == ["ann", "cat", "eve"]
    assert kept.items["id"].to_list() == ["a", "c", "e"]
    assert set(kept.in_category["item"]) == {"a", "c", "e"}
    assert len(kept.events) == 10
    assert kept.notes == {
        "events outside the 3-core, left out": 6,
        "users outside the 3-core, left out": 2,
        "items outside the 3-core, left out": 3,
    }


def test_a_core_that_nothing_is_in_is_empty(checkerboard: Tables) -> None:
    kept = select(checkerboard, Options(k_core=9))
    assert (len(kept.users), len(kept.items), len(kept.events)) == (0, 0, 0)


@pytest.mark.data
@pytest.mark.usefixtures("data")
def test_beauty_is_its_own_five_core() -> None:
    kept = load_tables("beauty", k_core=5)
    assert len(kept.events) == 198_502
    smaller = load_tables("beauty", Options(k_core=5, links=True), k_core=10)
    assert 0 < len(smaller.events) < 198_502
    ends = smaller.links.select(
        pl.col("src", "dst").is_in(smaller.items["id"].implode())
    )
    assert ends.select(pl.all_horizontal(pl.all().all())).item()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kcore": 5}, "Did you mean 'k_core'?"),
        ({"k_core": -1}, "'k_core' cannot be -1"),
        ({"max_bad": 7}, "'max_bad' cannot be 7"),
        ({"since": "yesterday"}, "Use a date such as 2017-11-30"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_in_words(
    options: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load_tables("complete_journey", **options)  # type: ignore[arg-type]
    assert told in str(caught.value)


def test_an_unknown_source_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'beauty'\?.*complete_journey"):
        load_tables("beuty")


def test_every_source_has_a_line_for_a_list() -> None:
    assert {"complete_journey", "beauty", "gowalla", "recbole"} <= sources().keys()
    for name, source in sources().items():
        assert source.name == name
        assert 20 < len(source.description) < 80


def test_the_checks_come_before_the_options(load_csv: Load) -> None:
    with pytest.raises(DataError, match="cannot be used"):
        load_csv("user,item,time\na,x,1\n,x,1\n", since=5)


def test_sessions_end_where_a_user_pauses(load_csv: Load) -> None:
    rows = [("ann", "a", 0), ("bob", "a", 5), ("ann", "b", 600), ("ann", "a", 2500),
            ("ann", "c", 4301), ("ann", "d", 6101)]  # fmt: skip
    text = "user,item,time\n" + "".join(f"{u},{i},{t}\n" for u, i, t in rows)
    tables = load_csv(text, session_gap=30)
    assert tables.events.select("user", "item").rows() == [
        ("ann#1", "a"),
        ("bob#1", "a"),
        ("ann#1", "b"),
        ("ann#2", "a"),
        ("ann#3", "c"),
        ("ann#3", "d"),
    ]
    assert sorted(tables.users["id"]) == ["ann#1", "ann#2", "ann#3", "bob#1"]
    assert tables.user_ids == "str"
    long = load_csv(text, session_gap=30, k_core=2)
    assert set(long.events["user"]) == set()


def test_a_session_has_the_attributes_of_its_user(checkerboard: Tables) -> None:
    users = checkerboard.users.with_columns(age=pl.Series([1, 2, 3, 4, 5]))
    cut = select(replace(checkerboard, users=users), Options(session_gap=60 * 24 * 2))
    ages = cut.users.filter(pl.col("id").str.starts_with("cat#"))["age"]
    assert set(ages) == {3}
    assert set(cut.events["user"]) == set(cut.users["id"])
    assert cut.notes["sessions made of users' events"] == len(cut.users)
