"""Files as they come: encodings, byte order marks, line ends, zips, and no rows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import Tables
from tests.files import load

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


def test_another_separator_can_be_named(load_csv: Load) -> None:
    assert len(load_csv(ROWS.replace(",", ";"), '  separator: ";"\n').events) == 2


def test_a_cut_off_zip_is_an_error(load_csv: Load) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load_csv(gzip.compress(ROWS.encode())[:-12])


def test_a_file_that_is_not_there_is_named(load_csv: Load, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*nowhere\.csv"):
        load_csv(ROWS, "items: {file: nowhere.csv, id: id}\n")


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
