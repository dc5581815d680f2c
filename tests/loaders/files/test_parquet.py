"""Parquet: every type is a value or a sentence."""

from __future__ import annotations

import decimal
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from basketweave import connect
from basketweave.errors import DataError
from basketweave.loaders import load_tables
from tests.files import load

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
