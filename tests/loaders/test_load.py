"""What holds for any file: nothing is lost, nothing differs."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables

# Names with whatever makes CSV hard, but no lone surrogates: they are no text.
FIELD = st.text(
    st.one_of(st.sampled_from('",\n\r; \t'), st.characters(exclude_categories=["Cs"])),
    max_size=6,
)
TIMES = st.one_of(st.integers(0, 10**9).map(str), FIELD)
ROWS = st.lists(st.lists(st.one_of(FIELD, TIMES), min_size=1, max_size=4), max_size=12)


def read(content: str) -> Tables:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "e.csv").write_text(content, encoding="utf-8", newline="")
        mapping = Path(folder, "m.yaml")
        mapping.write_text(
            "events: {file: e.csv, user: u, item: i, time: {column: t, format: position}}"
        )
        return load_tables(str(mapping), max_bad=1)


@given(ROWS)
@settings(deadline=None, max_examples=200)
def test_every_row_is_an_event_or_in_quarantine(rows: list[list[str]]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([["u", "i", "t"], *rows, ["last", "one", "1"]])
    tables = read(written.getvalue())
    # What csv writes for a row of one empty field is a blank line's worth of row.
    assert len(tables.events) + len(tables.quarantine) == len(rows) + 1
    assert tables.rows == {"e.csv": len(rows) + 1}
    assert tables.quarantine["reason"].null_count() == 0
    lines = written.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line, row in tables.quarantine.select("line", "row").iter_rows():
        assert lines[line - 1] == row.split("\n")[0]


@given(st.text(st.sampled_from('ab1",\n\r '), max_size=60))
@settings(deadline=None, max_examples=200)
def test_no_text_breaks_the_reader(content: str) -> None:
    """Odd quotes may join rows, but every row is accounted for, and only once."""
    tables = read(f"u,i,t\nfirst,one,1\n{content}\nlast,one,1\n")
    told = len(tables.events) + len(tables.quarantine)
    assert tables.rows == {"e.csv": told}
    assert tables.quarantine["line"].is_sorted()
    assert tables.events["user"][0] == "first"


@given(ROWS)
@settings(deadline=None, max_examples=30)
def test_loading_twice_gives_the_same(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["u", "i", "t"], ["a", "b", "1"], *rows])
    one, two = read(written.getvalue()), read(written.getvalue())
    for name in ("users", "items", "events", "quarantine"):
        assert getattr(one, name).equals(getattr(two, name))
    assert one.notes == two.notes


# What makes files hard, mixed into whatever else there is.
HARD = st.sampled_from(
    ['"', '""', '\\"', "\\", "\n", "\r\n", "\t", ",", ";", "::", "|", "\0", "\x1f", " ",
     "NULL", "nan", "\\N", "None", "1.0", "12301.0", "-5", "--help", "1e300", "1e400",
     "-1", "0", "٣", "²", "1_000", "0x1F", "2024-03-02", "2024-03-02 10:00 IST",
     "1700000000", "20060814", "39814.5", "99999999999999999999", "inf", "ﬀ", "é",
     "\ufeff", "\u2028", "\U0001f600", "[]", "{}", "true", "user", "item"]
)  # fmt: skip
ANY = st.characters(exclude_categories=["Cs"])
TEXT = st.lists(st.one_of(HARD, ANY), max_size=12).map("".join)
CELL = st.one_of(HARD, TEXT, st.integers().map(str), st.floats().map(str))
FORMATS = st.one_of(
    st.sampled_from(
        ["unix", "unix_ms", "unix_us", "unix_ns", "unix_days", "excel", "week", "iso",
         "position", "%Y-%m-%d", "%d.%m.%Y %H:%M", "%Y%m%d", "%s", "%a %b %d %Z %Y",
         "%Y-%m-%d %H:%M %Z", "%m/%d/%Y %I:%M %p", "%Y%m%d%H", "%+", "%c"]
    ),
    st.text(st.sampled_from("%YymdHMSZzfpIjGVuaABbe .:-/"), min_size=1, max_size=8),
)  # fmt: skip
ZONES = st.sampled_from([None, "UTC", "+05:30", "Europe/Berlin", "EST", "Nowhere"])


def load(mapping: object, file: str, content: bytes | pa.Table) -> None:
    """Load it; whatever happens is told as a documented error, or adds up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, file)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            with suppress(pa.ArrowException):  # a time that Parquet cannot hold
                pq.write_table(content, path)
        written = Path(folder, "m.yaml")
        text = mapping if isinstance(mapping, str) else yaml.safe_dump(mapping)
        written.write_text(text, encoding="utf-8")
        try:
            tables = load_tables(str(written), max_bad=1)
        except (DataError, UsageError) as error:
            told = str(error)
        else:
            told = str(tables)
            assert sum(tables.rows.values()) >= len(tables.quarantine)
            assert tables.events["user"].null_count() == 0
            assert tables.events["time"].null_count() == 0
    assert len(told) > 10


@given(
    rows=st.lists(st.lists(CELL, max_size=5), max_size=8),
    header=st.sampled_from([["u", "i", "t", "v"], ["u", "i", "u"], ["U", " i"], []]),
    separator=st.sampled_from([",", "\t", ";", "::", " "]),
    signs=st.fixed_dictionaries(
        {"quote": st.sampled_from(['"', "'", "", ","])},
        optional={
            "escape": st.sampled_from(["\\", '"', "^"]),
            "encoding": st.sampled_from(
                ["utf-8", "latin-1", "utf-16", "ascii", "cp037", "idna", "rot13"]
            ),
            "value": st.just("v"),
            "stars": st.just([1, 5]),
            "columns": st.just(["u", "i", "t", "v"]),
        },
    ),
    raw=st.one_of(st.just(b""), st.binary(max_size=20), TEXT.map(str.encode)),
)
def test_text_files(
    rows: list[list[str]],
    header: list[str],
    separator: str,
    signs: dict[str, Any],
    raw: bytes,
) -> None:
    lines = [separator.join(row) for row in [header, *rows]]
    events = {
        "file": "e.csv",
        "user": "u",
        "item": "i",
        "separator": separator,
        **signs,
    }
    load({"events": events}, "e.csv", "\n".join(lines).encode() + raw)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), CELL),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "sku", "a", "", "u"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@given(
    rows=st.lists(
        st.one_of(
            st.fixed_dictionaries({}, optional=dict.fromkeys("uilct", VALUES)),
            VALUES,
        ),
        max_size=6,
    ),
    user=st.sampled_from(["u", "u.id", "u.id.a", ".", "u."]),
    lines=st.sampled_from([None, "l", "l.a", {"column": "l", "separator": " "}]),
    item=st.sampled_from(["i", "l.sku", "l", "l.a.id"]),
    raw=st.sampled_from([b"", b"{", b"\n[1]\n", b'{"u": "\\ud800", "i": 1}', b"\xff"]),
)
def test_json_lines(
    rows: list[object], user: str, lines: object, item: str, raw: bytes
) -> None:
    content = "\n".join(json.dumps(row) for row in rows).encode() + b"\n" + raw
    events = {"file": "e.jsonl", "user": user, "item": item, "lines": lines}
    items = {"file": "e.jsonl", "id": "i", "categories": {"column": "c", "separator": ","},
             "title": "t", "attributes": ["u"]}  # fmt: skip
    load({"events": {k: v for k, v in events.items() if v}, "items": items}, "e.jsonl", content)  # fmt: skip


TYPES = st.sampled_from(
    [pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(),
     pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.binary(3),
     pa.date32(), pa.date64(), pa.time32("s"), pa.time64("ns"), pa.duration("us"),
     pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.timestamp("us", "+05:30"),
     pa.decimal128(9, 2), pa.decimal256(60, 3), pa.null(), pa.list_(pa.int64()),
     pa.list_(pa.string()), pa.list_(pa.struct([("a", pa.int8())])), pa.uuid(),
     pa.struct([("id", pa.int64()), ("b", pa.list_(pa.string()))]),
     pa.dictionary(pa.int8(), pa.string()), pa.map_(pa.string(), pa.int32()),
     pa.list_(pa.float32(), 2), pa.list_(pa.list_(pa.string()))]
)  # fmt: skip


@given(st.data())
def test_parquet(data: st.DataObject) -> None:
    names = ["u", "i", "t", "v", "c", "U"]
    columns = {}
    for name in names:
        kind = data.draw(TYPES)
        filled = [None] * 3
        with suppress(pa.ArrowException, OverflowError, TypeError, ValueError):
            whole = data.draw(st.lists(st.integers(-(2**60), 2**60), min_size=3, max_size=3))  # fmt: skip
            columns[name] = pa.array(whole).cast(kind)
        columns.setdefault(name, pa.array(filled, kind))
    column = st.sampled_from([*names, "u.id", "c.b"])
    events = {
        "file": "e.parquet",
        "user": data.draw(column),
        "item": data.draw(column),
        "time": {"column": data.draw(st.lists(column, min_size=1, max_size=2))},
        "value": data.draw(column),
        "kinds": {"column": data.draw(column), "names": {"1": "VIEWED"}, "ignore": "*"},
        "only": {data.draw(column): ["1", "a"]},
        "lines": data.draw(column),
    }
    optional = [key for key in events if key not in ("file", "user", "item")]
    for key in data.draw(st.sets(st.sampled_from(optional))):
        del events[key]
    items = {"file": "e.parquet", "id": data.draw(column), "title": data.draw(column),
             "categories": data.draw(column), "attributes": {"x": data.draw(column)}}  # fmt: skip
    load({"events": events, "items": items}, "e.parquet", pa.table(columns))


ODD = st.one_of(
    VALUES,
    st.dates(),
    st.sampled_from(["", "e.csv", "*.csv", "../e.csv", "/", ".", "u", "csv", ["u", "i"],
                     {"column": "u"}, {"column": ["u", "i"], "format": "iso"}]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["file", "files", "format", "encoding", "separator", "quote", "escape", "columns",
     "missing", "only", "ignore", "user", "item", "time", "value", "kind", "kinds",
     "stars", "lines", "returns", "name", "folder", "events", "items", "users", "id"]
)  # fmt: skip


@given(
    top=st.dictionaries(KEYS, ODD, max_size=2),
    events=st.dictionaries(KEYS, ODD, max_size=3),
    items=st.one_of(st.none(), st.dictionaries(KEYS, ODD, max_size=3)),
    raw=st.one_of(st.just(""), TEXT),
)
def test_mappings(
    top: dict[str, Any], events: dict[str, Any], items: object, raw: str
) -> None:
    base: dict[str, Any] = {"file": "e.csv", "user": "u", "item": "i"}
    mapping = {"events": {**base, **events}, **top}
    if isinstance(items, dict):
        mapping["items"] = {"file": "e.csv", "id": "i", **items}
    written = yaml.safe_dump(mapping, allow_unicode=True)
    load(written + raw, "e.csv", b"u,i\nann,1\nbob,2\n")


@given(
    times=st.lists(st.one_of(CELL, st.datetimes().map(str)), min_size=1, max_size=6),
    second=st.one_of(st.none(), CELL),
    form=st.one_of(st.none(), FORMATS),
    zone=ZONES,
)
def test_times(
    times: list[str], second: str | None, form: str | None, zone: str
) -> None:
    columns = {"u": ["a"] * len(times), "i": ["b"] * len(times), "t": times}
    how = {"column": "t" if second is None else ["t", "s"], "format": form, "timezone": zone}  # fmt: skip
    frame = pl.DataFrame({**columns, "s": [second or ""] * len(times)})
    events = {"file": "e.parquet", "user": "u", "item": "i",
              "time": {k: v for k, v in how.items() if v is not None}}  # fmt: skip
    load({"events": events}, "e.parquet", frame.to_arrow())
