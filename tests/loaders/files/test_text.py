"""Files as they come: encodings, byte order marks, line ends, zips, and no rows."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.loaders.files import text
from basketweave.loaders.files.records import records
from basketweave.loaders.files.text import pieces

Load = Callable[..., Tables]
ROWS = "user,item,time\nann,a,1\nbob,b,2\n"


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode(),
        ROWS.encode("utf-8-sig"),
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("\n", "\r").encode(),
        ROWS.rstrip("\n").encode(),
        ROWS.replace("ann", ' "ann"').replace(' "', '"').encode(),
        f"\n\n{ROWS}\n\n".encode(),
        gzip.compress(ROWS.encode()),
    ],
    ids=["plain", "bom", "crlf", "cr", "no end", "quoted", "blank lines", "gzip"],
)
def test_the_same_rows_however_they_are_written(load_csv: Load, content: bytes) -> None:
    events = load_csv(content).events
    assert events.select("user", "item", "time").rows() == [
        ("ann", "a", 1),
        ("bob", "b", 2),
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_an_encoding_can_be_named(load_csv: Load, encoding: str) -> None:
    content = ROWS.replace("ann", "Zoë").encode(encoding)
    events = load_csv(content, f"  encoding: {encoding}\n").events
    assert events["user"].to_list() == ["Zoë", "bob"]


def test_a_wrong_encoding_says_which_setting_to_change(load_csv: Load) -> None:
    content = ROWS.replace("bob", "Zoë").encode("latin-1")
    with pytest.raises(DataError, match=r"not utf-8 .* encoding: latin-1"):
        load_csv(content)
    with pytest.raises(UsageError, match="'utf-9' is not an encoding"):
        load_csv(content, "  encoding: utf-9\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "events.csv is empty"),
        ("\n\n", "events.csv is empty"),
        ("user,item,time\n", "a header but not a single event"),
        ("user,thing,time\nann,a,1\n", "no column 'item'. It has 'user', 'thing'"),
        ("user,item,time,item\nann,a,1,b\n", "the column 'item' twice"),
        ("user;item;time\nann;a;1\n", "Perhaps it needs separator: ';'"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    load_csv: Load, content: str, told: str
) -> None:
    with pytest.raises(DataError) as caught:
        load_csv(content)
    assert told in str(caught.value)


def test_many_blank_lines_are_no_open_quote(load_csv: Load) -> None:
    text = ROWS.replace("\nbob", "\n" * 2_000 + "bob") + "\n" * 2_000
    assert len(load_csv(text).events) == 2


def test_json_that_is_not_in_lines_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text('[\n  {"u": 1, "i": 2}\n]', encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text("events: {file: e.json, user: u, item: i}", encoding="utf-8")
    with pytest.raises(DataError, match=r"2 of the 3 rows .*\n.*not a JSON object"):
        load_tables(str(mapping))
    (tmp_path / "e.json").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="has not a single object"):
        load_tables(str(mapping))


def test_another_separator_can_be_named(load_csv: Load) -> None:
    assert len(load_csv(ROWS.replace(",", ";"), '  separator: ";"\n').events) == 2


def test_a_cut_off_zip_is_an_error(load_csv: Load) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load_csv(gzip.compress(ROWS.encode())[:-12])


def test_a_file_that_is_not_there_is_named(load_csv: Load, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*nowhere\.csv"):
        load_csv(ROWS, "items: {file: nowhere.csv, id: id}\n")


def test_lines_stay_right_across_pieces(
    load_csv: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is read in pieces of 16 MB; here of 7 characters."""
    monkeypatch.setattr(text.pieces, "__defaults__", (7,))
    rows = [f'"u\n{n}",i{n},{"never" if n % 10 == 3 else n}' for n in range(50)]
    tables = load_csv("user,item,time\n" + "\n".join(rows), max_bad=1)
    assert tables.quarantine["line"].to_list() == [8, 28, 48, 68, 88]
    assert tables.quarantine["row"][0] == rows[3]
    assert len(tables.events) == 45


def test_records_are_whole_whatever_the_pieces(tmp_path: Path) -> None:
    content = 'a,b\n"x\n\ny",1\n"""q""",2\n\n3,4'
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    for size in range(1, 30):
        cuts = list(records(pieces(tmp_path / "x.csv", "utf-8", size), '"'))
        texts = [cut.text(n) for cut in cuts for n in range(len(cut))]
        lines = [line for cut in cuts for line in cut.lines.tolist()]
        assert texts == ["a,b", '"x\n\ny",1', '"""q""",2', "3,4"]
        assert lines == [1, 2, 5, 7]


def test_json_read_fast_is_what_is_read_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small pieces, so that all rows but the first come the fast way where they can."""
    rows = [
        '{"user": "u", "item": 1, "time": 5}',
        '{"user": 7.0, "item": "\\u00e9", "time": 6.0, "more": [1, {"a": null}]}',
        '{"user": "\\ud83d\\ude00", "item": true, "time": "7"}',
        '{"user": "\\ud83d", "item": "half", "time": 8}',
        '{"user": "text", "item": "i", "time": 9, "review": "\\uD83D"}',
        '{"user": null, "item": "i", "time": 10}',
        "   ",
        "[1]",
        '{"item": "i", "user": "v"}',
    ]
    path = tmp_path / "e.jsonl"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "events: {file: e.jsonl, user: user, item: item, "
        "time: {column: time, format: position}}",
        encoding="utf-8",
    )
    whole = load_tables(str(mapping), max_bad=1)
    monkeypatch.setattr(text.pieces, "__defaults__", (40,))
    cut = load_tables(str(mapping), max_bad=1)
    assert cut.events.equals(whole.events)
    assert cut.quarantine.equals(whole.quarantine)
    assert whole.events.select("user", "item", "time").rows() == [
        ("u", "1", 5),
        ("7", "é", 6),
        ("😀", "true", 7),
        ("text", "i", 9),
    ]
    assert whole.quarantine["line"].to_list() == [4, 6, 7, 8, 9]
