"""The forms in which data sets are published, read from a few lines of each."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.loaders import (
    gowalla_test,
    load_tables,
    replica_test,
    retailrocket_test,
)


@pytest.mark.usefixtures("small")
def test_beauty_has_positions_for_times_and_readable_names() -> None:
    tables = load_tables("beauty")
    assert (tables.user_ids, tables.item_ids) == ("int", "int")
    assert tables.events.filter(pl.col("user") == "2").select(
        "item", "time", "kind"
    ).rows() == [(item, n, "PURCHASED") for n, item in enumerate("6214", 1)]
    assert dict(tables.items.select("id", "brand").iter_rows()) == {
        "1": "Puritan's Pride",
        "2": "Miss J's",
        "3": None,
        "4": None,
        "6": "Miss J's",
    }
    assert set(tables.categories["id"]) == {"Beauty", "Hair", "Nails & Tools"}
    assert tables.categories["parent"].null_count() == 3
    assert tables.in_category.filter(pl.col("item") == "3")["category"].to_list() == [
        "Beauty",
        "Nails & Tools",
        "Hair",
    ]
    assert tables.links.is_empty()


@pytest.mark.usefixtures("small")
def test_beauty_has_links_when_asked_but_none_to_itself() -> None:
    tables = load_tables("beauty", links=True)
    assert tables.links.rows() == [
        ("1", "2", "ALSO_BOUGHT"),
        ("2", "3", "ALSO_VIEWED"),
        ("6", "4", "BOUGHT_TOGETHER"),
    ]
    assert tables.notes == {"links from an item to itself, left out": 1}


@pytest.mark.usefixtures("small")
def test_gowalla_keeps_the_test_part_apart() -> None:
    tables, test = load_tables("gowalla"), gowalla_test()
    assert sorted(tables.events.select("user", "item", "time").rows()) == [
        ("0", "0", 1),
        ("0", "1", 2),
        ("0", "2", 3),
        ("1", "2", 1),
        ("1", "3", 2),
    ]
    assert test.rows() == [("0", "3"), ("1", "0"), ("1", "1")]


def test_a_folder_can_be_named_after_a_colon(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BASKETWEAVE_DATA")
    assert len(load_tables(f"gowalla:{small / 'gowalla'}").events) == 5
    with pytest.raises(DataError, match="set BASKETWEAVE_DATA"):
        load_tables("gowalla")


def test_a_wrong_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*items\.jsonl\.gz"):
        load_tables(f"beauty:{tmp_path}")


@pytest.mark.usefixtures("small")
def test_all_beauty_has_stars_times_and_the_titles_there_are() -> None:
    tables = load_tables("all_beauty")
    assert sorted(tables.events.rows()) == [
        ("A1", "B01", 1_472_688_000, "RATED", 5.0),
        ("A2", "B01", 1_384_387_200, "RATED", 1.0),
        ("A2", "B01", 1_384_387_200, "RATED", 1.0),
        ("A2", "B02", 1_384_387_200, "RATED", 3.0),
    ]
    assert sorted(tables.items.select("id", "title", "brand").rows()) == [
        ("B01", "Shine's", "Citre & Co"),
        ("B02", None, None),
    ]
    assert tables.notes["exact duplicates among the events"] == 1


@pytest.mark.usefixtures("small")
def test_retailrocket_sessions_are_users_and_their_clicks_stand_in_order() -> None:
    tables, test = load_tables("retailrocket"), retailrocket_test()
    assert tables.events.select("user", "item", "time").rows() == [
        (user, item, n)
        for n, (user, item) in enumerate(
            [*(("1", i) for i in "1211"), *(("2", i) for i in "343")], 1
        )
    ]
    assert set(tables.events["kind"]) == {"VIEWED"}
    assert test.rows() == [(["4", "4"], "4"), (["2", "3", "3"], "1")]


@pytest.mark.usefixtures("small")
def test_the_replica_has_a_session_for_each_example() -> None:
    tables = load_tables("all_beauty:replica")
    assert tables.events.select("user", "item").rows() == [
        ("0", "1"),
        ("0", "8"),
        ("0", "11"),
        ("1", "1"),
        ("1", "8"),
    ]
    assert replica_test(part="val").rows() == [(["8"], "11")]
    assert replica_test().rows() == [(["1", "8"], "11")]
