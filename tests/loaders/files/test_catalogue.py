"""Categories are cut alike in every format."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.files import load

PLAIN = "events: {file: e.csv, user: u, item: i}\n"


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
