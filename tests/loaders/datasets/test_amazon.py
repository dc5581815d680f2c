"""Amazon Reviews: the three editions as published, and real rows of 2018."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.loaders.datasets.amazon_meta import parsed

Row = dict[str, Any]
REVIEWS: list[Row] = [
    {"reviewerID": "A1", "asin": "B01", "overall": 5.0, "unixReviewTime": 1_362_700_800,
     "helpful": [0, 0], "reviewText": "Fine", "summary": "ok"},
    {"reviewerID": "A1", "asin": "B02", "overall": 2.0, "unixReviewTime": 1_362_787_200},
    {"reviewerID": "A2", "asin": "B02", "overall": 4.0, "unixReviewTime": 1_362_700_800},
]  # fmt: skip
EVENTS = [
    ("A1", "B01", 1_362_700_800, "RATED", 5.0),
    ("A1", "B02", 1_362_787_200, "RATED", 2.0),
    ("A2", "B02", 1_362_700_800, "RATED", 4.0),
]


def lines(rows: list[Row], written: Any = json.dumps) -> bytes:
    return "".join(f"{written(row)}\n" for row in rows).encode()


def load(folder: Path, reviews: bytes, meta: bytes, **options: Any) -> Tables:
    (folder / "reviews_Toys_5.json.gz").write_bytes(gzip.compress(reviews))
    (folder / "meta_Toys.json.gz").write_bytes(gzip.compress(meta))
    return load_tables(f"amazon:{folder}", **options)


def belongs(tables: Tables) -> list[tuple[str, str]]:
    return sorted(tables.in_category.select("item", "category").iter_rows())


META_2014: list[Row] = [
    {"asin": "B01", "title": "Bob's &amp;quot;Ball&amp;quot;", "price": 9.5,
     "brand": "Bob's", "description": "Round.\nRed.",
     "categories": [["Toys", "Balls"], ["Offers"]],
     "related": {"also_bought": ["B02", "B01", "B77"], "also_viewed": ["B02"],
                 "bought_together": ["B02"]},
     "salesRank": {"Toys": 3}},
    {"asin": "B02"},
    {"asin": "B77", "title": "Nobody reviewed it"},
    {"asin": "B01", "title": "Again"},
]  # fmt: skip


def test_2014_has_metadata_in_python_literals(tmp_path: Path) -> None:
    tables = load(tmp_path, lines(REVIEWS), lines(META_2014, repr))
    assert tables.name == "Toys"
    assert sorted(tables.events.rows()) == EVENTS
    assert tables.items.rows() == [
        ("B01", 'Bob\'s "Ball"', "Bob's", 9.5, "Round. Red.", None),
        ("B02", None, None, None, None, None),
    ]
    assert belongs(tables) == [("B01", "Offers"), ("B01", "Toys > Balls")]
    assert tables.links.is_empty()
    assert tables.notes == {"products named again, the first kept": 1}
    assert tables.rows["meta_Toys.json.gz"] == 4


def test_links_come_when_they_are_asked_for_and_are_no_derived_edges(
    tmp_path: Path,
) -> None:
    tables = load(tmp_path, lines(REVIEWS), lines(META_2014, repr), links=True)
    assert tables.links.rows() == [
        ("B01", "B02", "ALSO_BOUGHT"),
        ("B01", "B02", "ALSO_VIEWED"),
        ("B01", "B02", "BOUGHT_TOGETHER"),
    ]
    assert tables.notes["links to products without a review, left out"] == 1


def test_2018_has_one_path_a_list_of_texts_and_scripts_for_titles(
    tmp_path: Path,
) -> None:
    meta: list[Row] = [
        {"asin": "B01", "title": "Ball", "brand": "Bob", "price": "$1,012.99",
         "category": ["Toys", "Balls &amp; Bats"], "description": ["Round.", "Red."],
         "feature": ["Bounces"], "also_buy": ["B02"], "also_view": [],
         "main_cat": "Toys & Games"},
        {"asin": "B02", "title": "var x; x.getTime()", "price": "$1.00 - $2.00",
         "category": [], "main_cat": "Luxury"},
    ]  # fmt: skip
    tables = load(tmp_path, lines(REVIEWS), lines(meta), links=True)
    assert sorted(tables.events.rows()) == EVENTS
    assert tables.items.rows() == [
        ("B01", "Ball", "Bob", 1012.99, "Round. Red.", "Bounces"),
        ("B02", None, None, None, None, None),
    ]
    assert belongs(tables) == [("B01", "Toys > Balls & Bats"), ("B02", "Luxury")]
    assert tables.links.rows() == [("B01", "B02", "ALSO_BOUGHT")]


def test_2023_groups_variants_and_counts_milliseconds(tmp_path: Path) -> None:
    reviews: list[Row] = [
        {"user_id": "A1", "asin": "V9", "parent_asin": "B01", "rating": 5.0,
         "timestamp": 1_588_687_728_923, "helpful_vote": 0, "verified_purchase": True,
         "title": "x", "text": "y"},
        {"user_id": "A1", "asin": "V8", "parent_asin": "B01", "rating": 1.0,
         "timestamp": 1_588_687_729_000},
    ]  # fmt: skip
    meta: list[Row] = [
        {"main_category": "All Beauty", "title": "Spray", "average_rating": 4.8,
         "rating_number": 10, "features": ["Light", "Dry"], "description": [],
         "price": None, "store": "Howard", "categories": [], "parent_asin": "B01",
         "bought_together": None},
    ]  # fmt: skip
    (tmp_path / "All_Beauty.jsonl").write_bytes(lines(reviews))
    (tmp_path / "meta_All_Beauty.jsonl").write_bytes(lines(meta))
    tables = load_tables(f"amazon:{tmp_path / 'All_Beauty.jsonl'}")
    assert tables.events.rows() == [
        ("A1", "B01", 1_588_687_728, "RATED", 5.0, 923),
        ("A1", "B01", 1_588_687_729, "RATED", 1.0, 0),
    ]
    assert tables.items.rows() == [("B01", "Spray", "Howard", None, None, "Light Dry")]
    assert belongs(tables) == [("B01", "All Beauty")]


def test_lines_that_are_no_product_go_to_the_quarantine(tmp_path: Path) -> None:
    meta = lines(META_2014[:2] * 40, repr) + b"{'asin': print(1)}\n{'title': 'x'}\n"
    tables = load(tmp_path, lines(REVIEWS), meta)
    assert tables.quarantine.rows() == [
        ("meta_Toys.json.gz", 81, "not a product", "{'asin': print(1)}"),
        ("meta_Toys.json.gz", 82, "id is missing", "{'title': 'x'}"),
    ]
    with pytest.raises(DataError, match="not a product"):
        load(tmp_path, lines(REVIEWS), b"<html>\n" * 3)


@pytest.mark.parametrize(
    "line", ["__import__('os').getcwd()", "[1]", "{'a': 1", "(" * 500, "{'a': x}", ""]
)
def test_nothing_but_a_literal_object_is_read(line: str) -> None:
    assert parsed(line) is None


def test_half_a_surrogate_pair_in_a_title_is_left_out(tmp_path: Path) -> None:
    meta = b'{"asin": "B01", "title": "\\ud83d Ball \\u00e9"}\n'
    assert load(tmp_path, lines(REVIEWS), meta).items["title"][0] == "Ball é"


def test_the_file_of_reviews_must_be_clear(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="amazon:FOLDER"):
        load_tables("amazon")
    with pytest.raises(DataError, match="0 files of reviews"):
        load_tables(f"amazon:{tmp_path}")
    with pytest.raises(DataError, match="no file"):
        load_tables(f"amazon:{tmp_path / 'none.json'}")
    (tmp_path / "a.json").write_text("\n")
    with pytest.raises(DataError, match="not a single review"):
        load_tables(f"amazon:{tmp_path}")


def test_rows_of_2018_are_those_that_all_beauty_has(small: Path) -> None:
    found = load_tables(f"amazon:{small / 'all_beauty' / 'All_Beauty_5.json.gz'}")
    expected = load_tables("all_beauty")
    assert found.name == "All_Beauty"
    assert found.events.equals(expected.events)
    assert set(found.items["id"]) == set(expected.items["id"])
    assert found.items["title"].dtype == pl.String


@pytest.mark.data
def test_real_rows_of_2018_are_those_that_all_beauty_has(data: Path) -> None:
    found = load_tables(f"amazon:{data / 'all_beauty' / 'All_Beauty_5.json.gz'}")
    expected = load_tables("all_beauty")
    assert found.name == "All_Beauty"
    assert found.events.equals(expected.events)
    assert set(found.items["id"]) == set(expected.items["id"])
    assert found.items["title"].dtype == pl.String
