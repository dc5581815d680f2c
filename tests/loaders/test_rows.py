"""What a row means: returns, missing words, ids, filters, quotes, and what joins."""

from __future__ import annotations

import bz2
import decimal
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from basketweave import connect
from basketweave.errors import DataError, UsageError
from basketweave.graph.stats import doctor
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables

Load = Callable[..., Tables]
PLAIN = "events: {file: e.csv, user: u, item: i}\n"


def load(folder: Path, mapping: str, **files: str) -> Tables:
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, encoding="utf-8")
    (folder / "m.yaml").write_text(mapping, encoding="utf-8")
    return load_tables(str(folder / "m.yaml"))


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


@pytest.mark.parametrize(
    ("event", "catalogue", "told"),
    [
        ("0108", "108", "Without leading zeros 3 of 3"),
        ("A1", "a1", "Without capitals 3 of 3"),
        ("A-1", "A1", "Without spaces and signs 3 of 3"),
        ("x1.0", "x1", "Without a .0 at the end 3 of 3"),
        ("abc", "123", "names the right columns"),
    ],
)
def test_a_catalogue_that_does_not_join_is_told_loudly(
    tmp_path: Path, event: str, catalogue: str, told: str
) -> None:
    n = (7, 8, 9)
    events = "".join(f"ann,{event.replace('1', f'1{k}')}{'' if '1' in event else k}\n" for k in n)  # fmt: skip
    items = "".join(f"{catalogue.replace('1', f'1{k}')}{'' if '1' in event else k},T\n" for k in n)  # fmt: skip
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t}\n",
        e_csv="u,i\n" + events,
        i_csv="i,t\n" + items,
    )
    [warning] = tables.warnings
    assert "0 of 3 events find their item" in warning
    assert told in warning
    with connect(str(tmp_path / "s.lbug")) as store:
        store.load(tables)
        assert any("Hardly any of the 3 items" in f.what for f in doctor(store))


def test_a_catalogue_of_new_items_alone_is_no_cause_for_a_warning(
    tmp_path: Path,
) -> None:
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t}\n",
        e_csv="u,i\n" + "".join(f"ann,{n}\n" for n in range(100)),
        i_csv="i,t\n99,New\n",
    )
    assert tables.warnings == []
    with connect(str(tmp_path / "s.lbug")) as store:
        store.load(tables)
        assert not any("Hardly any" in finding.what for finding in doctor(store))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("value", "setting", "names"),
    [
        ("A, B", "{column: c, separator: ', '}", ["A", "B"]),
        ("A|B > C", "{column: c, separator: '|', hierarchy: '>'}", ["A", "B > C"]),
        (7, "c", ["7"]),
    ],
)
def test_categories_are_cut_alike_in_every_format(
    tmp_path: Path, form: str, value: object, setting: str, names: list[str]
) -> None:
    frame = pl.DataFrame({"i": ["a"], "c": [value]})
    write = {"csv": frame.write_csv, "jsonl": frame.write_ndjson, "parquet": frame.write_parquet}  # fmt: skip
    write[form](tmp_path / f"i.{form}")  # type: ignore[operator]
    tables = load(
        tmp_path,
        PLAIN + f"items: {{file: i.{form}, id: i, categories: {setting}}}\n",
        e_csv="u,i\nann,a\n",
    )
    assert tables.in_category["category"].to_list() == names


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_names_in_a_list_are_cut_as_well(tmp_path: Path, form: str) -> None:
    frame = pl.DataFrame({"i": ["a"], "c": [["A, B", "C"]]})
    write = {"jsonl": frame.write_ndjson, "parquet": frame.write_parquet}
    write[form](tmp_path / f"i.{form}")  # type: ignore[operator]
    tables = load(
        tmp_path,
        PLAIN + f"items: {{file: i.{form}, id: i, "
        "categories: {column: c, separator: ', '}}\n",
        e_csv="u,i\nann,a\n",
    )
    assert tables.in_category["category"].to_list() == ["A", "B", "C"]


def test_a_stray_quote_in_tsv_swallows_no_rows(tmp_path: Path) -> None:
    rows = [f"user{n}\tmb{n}\tartist {n}\t{n}" for n in range(40)]
    rows[5], rows[9] = 'user5\tmb5\t"Odd\t5', 'user9\tmb9\tEven"\t9'
    tables = load(
        tmp_path,
        "events: {file: e.tsv, user: u, item: a, value: n, returns: keep}",
        e_tsv="u\tm\ta\tn\n" + "\n".join(rows) + "\n",
    )
    assert len(tables.events) == 40
    assert tables.events.row(5)[:2] == ("user5", '"Odd')
    assert tables.events.row(6)[:2] == ("user6", "artist 6")
    assert tables.events.row(9)[:2] == ("user9", 'Even"')
    assert tables.notes == {"rows that a stray quote joined, read one by one": 5}


def test_a_stray_quote_that_nothing_closes_swallows_no_rows(tmp_path: Path) -> None:
    text = 'u,i,n\nann,"x,1\nbob,y,2\ncid,z,3\n'
    tables = load(tmp_path, PLAIN, e_csv=text)
    assert tables.events["item"].to_list() == ['"x', "y", "z"]


def test_a_quoted_field_with_tabs_and_lines_is_set_aside_with_a_hint(
    tmp_path: Path,
) -> None:
    text = "u\ti\tn\n" + "ann\tx\t1\n" * 40 + 'bob\t"y\t2\nshort\ncid\tz"\t3\n'
    tables = load(tmp_path, "events: {file: e.tsv, user: u, item: i}", e_tsv=text)
    assert len(tables.events) == 40
    [bad] = tables.quarantine.rows(named=True)
    assert bad["line"] == 42
    assert 'set quote: ""' in bad["reason"]


def test_texts_of_several_lines_that_somebody_wrote_stay_whole(tmp_path: Path) -> None:
    texts = [
        '"Main St\nSpringfield,IL"',
        '"one, two\nthree, four\nfive, six"',
        '"a\n\nb"',
    ]
    tables = load(
        tmp_path,
        PLAIN + "items: {file: i.csv, id: i, title: t}\n",
        e_csv="u,i\nann,1\n",
        i_csv="i,t\n" + "".join(f"{n},{t}\n" for n, t in enumerate(texts)),
    )
    titles = sorted(t for t in tables.items["title"] if t is not None)
    assert titles == sorted(text.strip('"') for text in texts)
    assert not any("stray" in note for note in tables.notes)


def test_a_backslash_before_a_quote_is_told_and_can_be_named(tmp_path: Path) -> None:
    mapping = PLAIN + "items: {file: i.csv, id: i, title: t ESCAPE}\n"
    files = {
        "e_csv": "u,i\nann,1\n",
        "i_csv": 'i,t\n1,"12\\" disc, \\"live\\""\n2,"a\\\\b"\n',
    }
    with pytest.raises(DataError, match=r"(?s)Line 2 .*escape: '\\'"):
        load(tmp_path, mapping.replace(" ESCAPE", ""), **files)
    tables = load(tmp_path, mapping.replace(" ESCAPE", ", escape: '\\'"), **files)
    assert tables.items["title"].to_list() == ['12" disc, "live"', "a\\b"]


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


PARQUET = {
    "date32": pa.array([date(2020, 1, 1)], pa.date32()),
    "date64": pa.array([date(2020, 1, 1)], pa.date64()),
    "time64": pa.array([time(1, 2)], pa.time64("us")),
    "duration": pa.array([timedelta(1)], pa.duration("s")),
    "timestamp_ns": pa.array([datetime(2020, 1, 1)], pa.timestamp("ns", "Asia/Tokyo")),
    "decimal": pa.array([decimal.Decimal("12.00")], pa.decimal128(9, 2)),
    "decimal256": pa.array([decimal.Decimal("12.50")], pa.decimal256(40, 2)),
    "binary": pa.array([b"\xff\x00"], pa.binary()),
    "binary_text": pa.array([b"abc"], pa.binary()),
    "fixed": pa.array([b"abcd"], pa.binary(4)),
    "dictionary": pa.array(["a"]).dictionary_encode(),
    "dictionary_int": pa.array([3]).dictionary_encode(),
    "struct": pa.array([{"a": 1}]),
    "list": pa.array([[1, 2]]),
    "list_struct": pa.array([[{"a": 1}]]),
    "fixed_list": pa.array([[1, 2]], pa.list_(pa.int8(), 2)),
    "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    "bool": pa.array([True]),
    "uint64": pa.array([2**64 - 1], pa.uint64()),
    "int8": pa.array([1], pa.int8()),
    "float16": pa.array([1.5], pa.float16()),
    "inf": pa.array([float("inf")]),
    "null": pa.nulls(1),
    "large_string": pa.array(["x"], pa.large_string()),
    "string_view": pa.array(["x"], pa.string_view()),
    "uuid": pa.array([b"0123456789abcdef"], pa.uuid()),
    "struct_decimal": pa.array(
        [{"a": decimal.Decimal(1)}], pa.struct([("a", pa.decimal256(40, 2))])
    ),
}
PLACES = {
    "user": "events: {file: e.parquet, user: x, item: i}",
    "time": "events: {file: e.parquet, user: u, item: i, time: x}",
    "value": "events: {file: e.parquet, user: u, item: i, value: x}",
    "kind": "events: {file: e.parquet, user: u, item: i, kinds: {column: x, names: {a: VIEWED}}}",
    "only": "events: {file: e.parquet, user: u, item: i, only: {x: a}}",
    "lines": "events: {file: e.parquet, user: u, item: i, lines: x}",
    "title": "events: {file: e.parquet, user: u, item: i}\nitems: {file: e.parquet, id: i, title: x, brand: x, categories: x, attributes: [x]}",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", PARQUET)
def test_every_type_of_parquet_is_a_value_or_a_sentence(
    tmp_path: Path, kind: str, place: str
) -> None:
    one = pa.array(["1"])
    table = pa.table({"u": one, "i": one, "x": PARQUET[kind]})
    try:
        pq.write_table(table, tmp_path / "e.parquet")
    except pa.ArrowException:
        pytest.fail(f"{kind} cannot be written")
    (tmp_path / "m.yaml").write_text(PLACES[place])
    try:
        tables = load_tables(str(tmp_path / "m.yaml"), max_bad=1)
    except DataError:
        return
    with connect(str(tmp_path / "s.lbug")) as store:
        store.load(tables)


@pytest.mark.parametrize("kind", ["title", "id"])
@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("date32", "2020-01-01"),
        ("decimal", "12"),
        ("binary_text", "abc"),
        ("dictionary", "a"),
        ("dictionary_int", "3"),
        ("uint64", "18446744073709551615"),
        ("float16", "1.5"),
        ("large_string", "x"),
        ("string_view", "x"),
    ],
)
def test_types_of_parquet_have_the_text_that_a_person_would_write(
    tmp_path: Path, type_: str, text: str, kind: str
) -> None:
    table = pa.table({"u": pa.array(["1"]), "x": PARQUET[type_]})
    pq.write_table(table, tmp_path / "e.parquet")
    tables = load(tmp_path, "events: {file: e.parquet, user: u, item: x}")
    assert tables.items["id"].to_list() == [text]


@pytest.mark.parametrize("pack", ["gz", "zst", "zip", "bz2", "xz"])
def test_text_may_be_packed_in_any_way(tmp_path: Path, pack: str) -> None:
    raw = b"u,i\nann,1\n"
    packed: dict[str, Callable[[bytes], bytes]] = {
        "gz": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "zst": lambda b: pa.compress(b, "zstd", asbytes=True),
        "zip": zipped,
    }
    path = tmp_path / f"e.csv.{pack}"
    if pack == "zst":
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(raw)
    else:
        path.write_bytes(packed[pack](raw))
    tables = load(tmp_path, f"events: {{file: e.csv.{pack}, user: u, item: i}}")
    assert tables.users["id"].to_list() == ["ann"]


def zipped(raw: bytes, *more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("day1.csv", *more):
            archive.writestr(name, raw)
    return out.getvalue()


def test_one_of_several_files_in_a_zip_is_named(tmp_path: Path) -> None:
    raw = b"u,i\nann,1\n"
    (tmp_path / "e.zip").write_bytes(zipped(raw, "day2.csv"))
    with pytest.raises(DataError, match="2 files in it"):
        load(tmp_path, "events: {file: e.zip, user: u, item: i, format: csv}")
    named = load(tmp_path, "events: {file: e.zip/day2.csv, user: u, item: i}")
    assert named.rows == {"e.zip/day2.csv": 1}
    with pytest.raises(DataError, match="no file"):
        load(tmp_path, "events: {file: e.zip/day3.csv, user: u, item: i}")
    (tmp_path / "one.zip").write_bytes(zipped(raw))
    assert len(load(tmp_path, "events: {file: one.zip, user: u, item: i}").events) == 1


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


def test_orders_with_lines_are_read_from_parquet_too(tmp_path: Path) -> None:
    orders = pa.table(
        {
            "customer": [{"id": 7}, {"id": 8}, {"id": 9}],
            "items": [[{"sku": "A"}, {"sku": "B"}], [{"sku": "A"}], None],
        }
    )
    pq.write_table(orders, tmp_path / "e.parquet")
    mapping = "events: {file: e.parquet, user: customer.id, lines: items, item: ITEM}"
    tables = load(tmp_path, mapping.replace("ITEM", "items.sku"))
    assert tables.events.select("user", "item").rows() == [
        ("7", "A"),
        ("7", "B"),
        ("8", "A"),
    ]
    with pytest.raises(DataError, match="have no 'nothing'"):
        load(tmp_path, mapping.replace("ITEM", "items.nothing"))


def test_a_bad_line_of_an_order_is_set_aside_with_its_row(tmp_path: Path) -> None:
    rows = ['{"u": 1, "l": [{"s": "A"}, {"s": null}]}', '{"u": 1, "l": 3}', '{"u": 2, "l": []}']  # fmt: skip
    (tmp_path / "e.jsonl").write_text("\n".join(rows))
    (tmp_path / "m.yaml").write_text(
        "events: {file: e.jsonl, user: u, lines: l, item: l.s}"
    )
    tables = load_tables(str(tmp_path / "m.yaml"), max_bad=1)
    assert tables.events["item"].to_list() == ["A"]
    assert tables.quarantine.select("line", "reason", "row").rows() == [
        (1, "item is missing", rows[0]),
        (2, "the lines are not a list", rows[1]),
    ]
