"""RecBole's atomic files: its own example, and small ones with odd fields."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.loaders import load_tables

INTER = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"


def test_the_example_has_stars_times_genres_and_attributes() -> None:
    tables = load_tables("recbole:ml-100k")
    assert len(tables.events) == 100_000
    assert (len(tables.users), len(tables.items)) == (943, 1_682)
    event = tables.events.filter(
        (pl.col("user") == "196") & (pl.col("item") == "242")
    ).row(0)
    assert event == ("196", "242", 881_250_949, "RATED", 3.0)
    story = tables.items.filter(pl.col("id") == "1").row(0, named=True)
    assert (story["title"], story["release_year"]) == ("Toy Story", "1995")
    genres = tables.in_category.filter(pl.col("item") == "1")["category"]
    assert genres.to_list() == ["Animation", "Children's", "Comedy"]
    assert tables.users.schema["age"] == pl.Int64
    assert tables.users.schema["zip_code"] == pl.String


def test_a_users_ratings_come_in_time_order() -> None:
    tables = load_tables("recbole:ml-100k")
    steps = tables.events.select(pl.col("time").diff().over("user"))
    assert steps.select((pl.col("time") < 0).sum()).item() == 0
    assert tables.notes["events out of time order, sorted"] > 0


def test_a_folder_a_prefix_and_the_example_name_are_the_same() -> None:
    spec = find_spec("recbole")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "dataset_example" / "ml-100k"
    by_folder = load_tables(f"recbole:{folder}")
    by_prefix = load_tables(f"recbole:{folder / 'ml-100k'}")
    assert by_folder.events.equals(by_prefix.events)


def test_without_ratings_or_times_events_are_purchases_in_file_order(
    tmp_path: Path,
) -> None:
    (tmp_path / "x.inter").write_text(
        "user_id:token\titem_id:token\nu\tb\nu\ta\nv\tb\n", encoding="utf-8"
    )
    events = load_tables(f"recbole:{tmp_path}").events
    assert events.rows() == [
        ("u", "b", 1, "PURCHASED", None),
        ("u", "a", 2, "PURCHASED", None),
        ("v", "b", 1, "PURCHASED", None),
    ]


def test_quotes_are_plain_text_and_odd_names_become_properties(tmp_path: Path) -> None:
    (tmp_path / "x.inter").write_text(f"{INTER}u\ta\t4\t100\n", encoding="utf-8")
    (tmp_path / "x.item").write_text(
        'item_id:token\ttitle:token_seq\tlist-price:float\na\t12" record\t9.5\n',
        encoding="utf-8",
    )
    items = load_tables(f"recbole:{tmp_path / 'x'}").items
    assert items.row(0, named=True) == {
        "id": "a",
        "title": '12" record',
        "list_price": 9.5,
    }


def test_a_folder_without_inter_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no single \.inter file"):
        load_tables(f"recbole:{tmp_path}")
    with pytest.raises(DataError, match="recbole:FOLDER"):
        load_tables("recbole")


def test_a_missing_user_field_names_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "x.inter").write_text("uid:token\titem_id:token\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no column 'user_id:token'.*'uid:token'"):
        load_tables(f"recbole:{tmp_path}")
