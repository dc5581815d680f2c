"""What a row means: returns, missing words, ids, and rows that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from tests.files import load

Load = Callable[..., Tables]
PLAIN = "events: {file: e.csv, user: u, item: i}\n"


def test_returns_and_nothing_bought_are_left_out_and_counted(load_csv: Load) -> None:
    text = "user,item,time,n\na,x,1,2\na,x,2,-2\na,y,3,0\na,y,4,\na,y,5,-0.5\n"
    tables = load_csv(text, "  value: n\n")
    assert tables.events.select("item", "value").rows() == [("x", 2.0), ("y", None)]
    assert tables.notes == {
        "returns (events with a value below 0), left out": 2,
        "events with a value of 0, left out": 1,
    }
    assert tables.rows == {"events.csv": 2}
    assert len(load_csv(text, "  value: n\n  returns: keep\n").events) == 5


def test_ratings_may_be_0_or_below(load_csv: Load) -> None:
    text = "user,item,time,n\na,x,1,-9.5\na,y,2,0\n"
    assert len(load_csv(text, "  value: n\n  kind: RATED\n").events) == 2


def test_recbole_rows_with_label_0_are_no_purchases(tmp_path: Path) -> None:
    (tmp_path / "x.inter").write_text(
        "user_id:token\titem_id:token\tlabel:float\nu\ta\t1\nu\tb\t0\nv\tb\t0.0\n"
    )
    tables = load_tables(f"recbole:{tmp_path}")
    assert tables.events.select("user", "item").rows() == [("u", "a")]
    assert tables.notes == {"rows with label 0 (shown, not chosen), left out": 2}


@pytest.mark.parametrize(
    "word", ["nan", "NaN", "NULL", "null", "None", "<NA>", "\\N", "NA", "na", "N/A", ""]
)
def test_a_missing_word_is_missing_in_every_column(tmp_path: Path, word: str) -> None:
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t, brand: b, categories: c, "
        "attributes: [n]}\n",
        e_csv=f"u,i\n{word},a\n" + "ann,a\n" * 30,
        i_csv=f"i,t,b,c,n\na,{word},{word},{word},{word}\nb,Pear,North,Fruit,5\n",
    )
    assert tables.quarantine["reason"].to_list() == ["user is missing"]
    assert tables.items.row(0) == ("a", None, None, None)
    assert tables.items["n"].to_list() == [None, 5]
    assert tables.in_category.rows() == [("b", "Fruit")]


def test_whole_decimals_are_integers_where_all_ids_are_numbers(tmp_path: Path) -> None:
    tables = load(tmp_path, PLAIN, e_csv="u,i\n1.0,7.0\n2,7.0\n3.0,07\n")
    assert tables.users["id"].to_list() == ["1", "2", "3"]
    assert (tables.user_ids, tables.item_ids) == ("int", "str")
    assert tables.notes["user ids with a .0 behind (12301.0), read without"] == 2


def test_whole_decimals_beside_names_stay_and_are_told(tmp_path: Path) -> None:
    tables = load(tmp_path, PLAIN, e_csv="u,i\nann,21003.0\nann,85123A\nann,1.2E+11\n")
    assert tables.items["id"].to_list() == ["21003.0", "85123A", "1.2E+11"]
    assert tables.notes == {
        "item ids with a .0 behind, beside others that are no numbers": 1,
        "item ids such as 1.2E+11, whose digits are lost": 1,
    }


@pytest.mark.parametrize(
    ("dtype", "number"),
    [(pl.Float32, 2**24), (pl.Float64, 2**53), (pl.Float64, 2**60)],
)
def test_ids_that_a_float_cannot_hold_are_refused(
    tmp_path: Path, dtype: type[pl.DataType], number: int
) -> None:
    (tmp_path / "m.yaml").write_text("events: {file: e.parquet, user: u, item: i}")
    frame = pl.DataFrame({"u": [1.0, number - 1.0], "i": [1, 2]}).cast({"u": dtype})
    if number < 2**60:
        frame.write_parquet(tmp_path / "e.parquet")
        users = load_tables(str(tmp_path / "m.yaml")).users["id"].to_list()
        assert users == ["1", str(number - 1)]
    frame.with_columns(u=pl.col("u") + 1).write_parquet(tmp_path / "e.parquet")
    with pytest.raises(DataError, match="no longer exact"):
        load_tables(str(tmp_path / "m.yaml"))


def test_a_file_of_bad_rows_is_not_hidden_by_a_large_good_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"2 of the 2 rows of b\.csv"):
        load(
            tmp_path,
            "events: {files: [a.csv, b.csv], user: u, item: i}",
            a_csv="u,i\n" + "ann,x\n" * 100,
            b_csv="u,i\n,x\n,y\n",
        )


def test_a_file_that_two_tables_are_read_from_counts_for_each(tmp_path: Path) -> None:
    rows = "".join(f"ann,x,{'' if n < 8 else n}\n" for n in range(100))
    with pytest.raises(DataError, match=r"8 of the 100 rows of e\.csv \(items\)"):
        load(tmp_path, PLAIN + "items: {file: e.csv, id: n}\n", e_csv="u,i,n\n" + rows)


def test_columns_that_differ_by_case_are_told_apart(tmp_path: Path) -> None:
    assert load(tmp_path, PLAIN, e_csv="U,u,i\nx,ann,1\n").users["id"][0] == "ann"
    with pytest.raises(DataError, match="Did you mean 'U'"):
        load(tmp_path, PLAIN, e_csv="U,i\nann,1\n")
    with pytest.raises(UsageError, match="differ only in their case"):
        load(tmp_path, PLAIN + "items: {file: e.csv, id: i, attributes: [n, N]}\n")


def test_ids_that_begin_with_a_dash_are_ids(tmp_path: Path) -> None:
    tables = load(tmp_path, PLAIN, e_csv="u,i\n-5,--help\n")
    assert tables.events.select("user", "item").rows() == [("-5", "--help")]
