"""Mappings: any file, any column names, and mistakes told in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.loaders import load_tables
from tests.files import load

PLAIN = "events: {file: e.csv, user: u, item: i}\n"
NEW_YEAR = 1_483_228_800  # 2017-01-01T00:00:00Z


def write(folder: Path, **files: str) -> str:
    """Files named `name_suffix`, and the path of the mapping among them."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    return str(folder / "m.yaml")


def test_a_whole_shop(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        m_yaml="""
            name: corner shop
            events:
              file: e.tsv
              user: who
              item: what
              time: {column: when, format: iso}
              kinds: {column: did, names: {buy: PURCHASED, look: VIEWED}}
              value: n
            items:
              file: i.csv
              id: sku
              title: name
              brand: maker
              categories: {column: path, separator: "|", hierarchy: ">"}
              attributes: [price, code]
            users: {file: u.jsonl, id: id, attributes: {city: Town}}
        """,
        e_tsv="who\twhat\twhen\tdid\tn\n"
        "ann\t1\t2017-01-01\tlook\t\nann\t1\t2017-01-01T00:00:09Z\tbuy\t2\n",
        i_csv="sku,name,maker,path,price,code\n"
        "1,Pear,North,Food > Fruit|Offers,1.50,007\n2,Nut,,Food,2,\n",
        u_jsonl='{"id": "ann", "Town": "Ghent"}\n',
    )
    tables = load_tables(mapping)
    assert tables.name == "corner shop"
    assert tables.events.rows() == [
        ("ann", "1", NEW_YEAR, "VIEWED", None),
        ("ann", "1", NEW_YEAR + 9, "PURCHASED", 2.0),
    ]
    assert tables.items.rows(named=True) == [
        {"id": "1", "title": "Pear", "brand": "North", "price": 1.5, "code": "007"},
        {"id": "2", "title": "Nut", "brand": None, "price": 2.0, "code": None},
    ]
    assert tables.users.rows() == [("ann", "Ghent")]
    assert tables.categories.rows() == [
        ("Food", "Food", None),
        ("Food > Fruit", "Fruit", "Food"),
        ("Offers", "Offers", None),
    ]
    assert tables.in_category.rows() == [
        ("1", "Food > Fruit"),
        ("1", "Offers"),
        ("2", "Food"),
    ]
    assert (tables.user_ids, tables.item_ids) == ("str", "int")
    assert tables.rows == {"e.tsv": 2, "i.csv": 2, "u.jsonl": 1}


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("1483228800", "unix"),
        ("1483228800.9", "unix"),
        ("1.4832288e9", "unix"),
        ("1483228800123", "unix_ms"),
        ("2017-01-01", "iso"),
        ("2017-01-01T00:00:00", "iso"),
        ("2017-01-01 00:00:00.25", "iso"),
        ("2017-01-01T00:00Z", "iso"),
        ("2017-01-01T01:00:00+01:00", "iso"),
        ("2016-12-31T19:00:00-0500", "iso"),
        ("01.01.2017", "%d.%m.%Y"),
        ("01 1, 2017", "%m %d, %Y"),
        ("1/1/2017 0:00", "%m/%d/%Y %H:%M"),
    ],
)
def test_times_in_many_forms(tmp_path: Path, written: str, form: str) -> None:
    mapping = write(
        tmp_path,
        m_yaml="events: {file: e.csv, user: u, item: i, "
        f"time: {{column: t, format: '{form}'}}}}",
        e_csv=f'u,i,t\nann,a,"{written}"\n',
    )
    assert load_tables(mapping).events["time"].to_list() == [NEW_YEAR]


def test_iso_forms_may_change_from_row_to_row(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        m_yaml="events: {file: e.csv, user: u, item: i, "
        "time: {column: t, format: iso}}",
        e_csv="u,i,t\na,1,2017-01-01\na,2,2017-01-01T00:00:01Z\na,3,2017-02-30\n",
    )
    tables = load_tables(mapping, max_bad=0.5)
    assert tables.events["time"].to_list() == [NEW_YEAR, NEW_YEAR + 1]
    assert tables.quarantine["line"].to_list() == [4]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "u": [1.0, 2.0, None],
            "i": [10, 20, 30],
            "t": [datetime(2017, 1, 1, tzinfo=UTC)] * 3,
            "price": [1.5, None, 2.0],
            "tags": [["x", "y"], None, []],
        }
    )
    frame.write_parquet(tmp_path / "e.parquet")
    mapping = write(
        tmp_path,
        m_yaml="""
            events: {file: e.parquet, user: u, item: i, time: t}
            items: {file: e.parquet, id: i, categories: tags, attributes: [price]}
        """,
    )
    tables = load_tables(mapping, max_bad=0.5)
    assert tables.events.select("user", "item", "time").rows() == [
        ("1", "10", NEW_YEAR),
        ("2", "20", NEW_YEAR),
    ]
    assert (tables.user_ids, tables.item_ids) == ("int", "int")
    assert tables.items["price"].to_list() == [1.5, None, 2.0]
    assert tables.in_category.rows() == [("10", "x"), ("10", "y")]
    [bad] = tables.quarantine.rows(named=True)
    assert (bad["line"], bad["reason"]) == (3, "user is missing")
    assert "'i': 30" in bad["row"]


def test_a_file_that_is_not_parquet_says_so(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        m_yaml="events: {file: e.parquet, user: u, item: i}",
        e_parquet="u,i\n1,2\n",
    )
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        load_tables(mapping)


@pytest.mark.parametrize(
    ("value", "setting", "categories"),
    [
        ('"Food"', "c", ["Food"]),
        ('["Food", "Fruit"]', "c", ["Food", "Fruit"]),
        ('["Food", "Fruit"]', "{column: c, flat_list: path}", ["Food > Fruit"]),
        ('[["Food", "Fruit"], ["New"]]', "c", ["Food > Fruit", "New"]),
        ('["Food/Fruit", "New"]', "{column: c, hierarchy: /}", ["Food > Fruit", "New"]),
        ('"Food"', "{column: [c, d]}", ["Food > Ripe"]),
        ('"A > B"', "c", ["A >> B"]),
        ("null", "c", []),
        ('["", " "]', "c", []),
    ],
)
def test_categories_in_json(
    tmp_path: Path, value: str, setting: str, categories: list[str]
) -> None:
    mapping = write(
        tmp_path,
        m_yaml=f"{PLAIN}items: {{file: i.jsonl, id: i, categories: {setting}}}\n",
        e_csv="u,i\nann,1\n",
        i_jsonl=f'{{"i": 1, "c": {value}, "d": "Ripe"}}\n',
    )
    assert load_tables(mapping).in_category["category"].to_list() == categories


def test_without_times_the_order_of_the_file_counts(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        m_yaml=PLAIN,
        e_csv="u,i\nann,x\nbob,x\nann,y\n",
    )
    assert load_tables(mapping).events["time"].to_list() == [1, 1, 2]


def test_ids_are_integers_only_where_all_are_written_as_such(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        m_yaml=PLAIN,
        e_csv="u,i\n1,07\n-2,7\n9223372036854775807,8\n",
    )
    tables = load_tables(mapping)
    assert (tables.user_ids, tables.item_ids) == ("int", "str")
    assert tables.items["id"].to_list() == ["07", "7", "8"]


def test_users_and_items_outside_the_catalogue_are_kept_and_counted(
    tmp_path: Path,
) -> None:
    mapping = write(
        tmp_path,
        m_yaml=f"{PLAIN}items: {{file: i.csv, id: i, title: t}}\n",
        e_csv="u,i\nann,1\nann,2\nbob,2\n",
        i_csv="i,t\n1,One\n3,Three\n",
    )
    tables = load_tables(mapping)
    assert tables.items.rows() == [("1", "One"), ("3", "Three"), ("2", None)]
    assert tables.notes == {"events of items that the catalogue lacks": 2}


@pytest.mark.parametrize(
    ("yaml", "told"),
    [
        ("events: {file: e.csv, user: u, item: i, tiem: t}", "Did you mean 'time'?"),
        ("events: {file: e.csv, user: u, item: i, x: t}", "'events.x' is not a sett"),
        ("events: {file: e.csv, user: u}", "'events.item' is missing"),
        ("evnets: {}", "Did you mean 'events'?"),
        (
            "events: {file: e.csv, user: u, item: i, kind: BOUGHT}",
            "Use one of PURCHASED",
        ),
        ("events: {file: e.csv, user: u, item: i, separator: ''}", "ASCII"),
        ("events: {file: e.txt, user: u, item: i}", "set its format"),
        ("[1, 2]", "says nothing"),
        ("events: {file: e.csv", "cannot be read"),
        (f"{PLAIN}items: {{file: e.csv, id: i, attributes: [a b]}}", "{name: column}"),
        (f"{PLAIN}items: {{file: e.csv, id: i, attributes: [id]}}", "of its own"),
    ],
)
def test_a_mistake_in_the_mapping_is_told_in_words(
    tmp_path: Path, yaml: str, told: str
) -> None:
    mapping = write(tmp_path, m_yaml=yaml, e_csv="u,i\n1,2\n", e_txt="u,i\n1,2\n")
    with pytest.raises(UsageError) as caught:
        load_tables(mapping)
    assert told in str(caught.value)


def test_a_mapping_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml cannot be read"):
        load_tables("nowhere.yaml")


def test_missing_words_can_be_set(tmp_path: Path) -> None:
    words = "u,i\nNA,a\n-,a\n" + "ann,a\n" * 30
    tables = load(
        tmp_path,
        "events: {file: e.csv, user: u, item: i, missing: ['-']}",
        e_csv=words,
    )
    assert tables.users["id"].to_list() == ["NA", "ann"]
    none = load(tmp_path, "events: {file: e.csv, user: u, item: i, missing: []}")
    assert none.users["id"].to_list() == ["NA", "-", "ann"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("folder:\nevents: {file: e.csv, user: u, item: i}", None),
        ("name: 2024-01-01\nevents: {file: e.csv, user: u, item: i}", None),
        ("name: no\nevents: {file: e.csv, user: u, item: i}", None),
        ("\ufeffevents: {file: e.csv, user: u, item: i}", None),
        ("events: {user: u, item: i}", "name 'file'"),
        ("events: {file: e.csv, files: [e.csv], user: u, item: i}", "name 'file'"),
        ("events: {files: [], user: u, item: i}", "name 'file'"),
        ("events: {file: '*.nothing', user: u, item: i}", "no file"),
        ("events: {file: e.csv, file: e.csv, user: u, item: i}", "stands twice"),
        ("events: {file: e.csv, user: u, item: i, separator: '\"'}", "alike"),
        ("folder: [a]\nevents: {file: e.csv, user: u, item: i}", "'folder' cannot"),
        ("1: 2", "events"),
        ("? [a]\n: b", "cannot be read"),
        ("events: {file: e.csv, user: u, item: i, lines: i}", "holds texts"),
    ],
)
def test_odd_mappings_are_understood_or_told(
    tmp_path: Path, mapping: str, told: str | None
) -> None:
    if told is None:
        tables = load(tmp_path, mapping, e_csv="u,i\nann,1\n")
        assert tables.name in {"m", "2024-01-01", "no"}
        return
    with pytest.raises((UsageError, DataError)) as caught:
        load(tmp_path, mapping, e_csv="u,i\nann,1\n")
    assert told in str(caught.value)


def test_columns_may_have_names_that_yaml_reads_as_something_else(
    tmp_path: Path,
) -> None:
    tables = load(
        tmp_path,
        "events: {file: e.csv, user: 2024-01-01, item: no, only: {on: 1}}",
        e_csv="2024-01-01,no,on\nann,x,1\nbob,y,0\ncid,z,1.0\n",
    )
    assert tables.events.select("user", "item").rows() == [("ann", "x"), ("cid", "z")]
