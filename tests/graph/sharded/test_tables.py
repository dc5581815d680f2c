"""Tables as Parquet parts, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import polars.testing
import pytest

from basketweave.errors import DataError
from basketweave.graph.sharded import (
    PartsFolder,
    add_to_parts,
    read_parts,
    write_parts,
)
from basketweave.graph.sharded.folder import TABLES
from basketweave.graph.tables import Tables


def test_tables_come_back_as_they_were(checkerboard: Tables, tmp_path: Path) -> None:
    write_parts(checkerboard, tmp_path / "parts", 3)
    found = read_parts(str(tmp_path / "parts"))
    for name in TABLES:
        pl.testing.assert_frame_equal(getattr(found, name), getattr(checkerboard, name))
    pl.testing.assert_frame_equal(
        found.events, checkerboard.events, check_row_order=False
    )
    assert (found.name, found.user_ids) == (checkerboard.name, checkerboard.user_ids)
    assert found.bare.keys() <= checkerboard.bare.keys()


def test_each_user_is_in_one_part(checkerboard: Tables, tmp_path: Path) -> None:
    folder = write_parts(checkerboard, tmp_path / "parts", 3)
    users = [set(pl.read_parquet(path)["user"]) for path in folder.event_files]
    assert sum(map(len, users)) == len(set.union(*users))


def test_a_folder_with_other_files_is_left_alone(
    checkerboard: Tables, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DataError, match=r"thesis\.tex"):
        write_parts(checkerboard, tmp_path, 1)


def test_a_part_that_is_missing_is_named(checkerboard: Tables, tmp_path: Path) -> None:
    write_parts(checkerboard, tmp_path / "parts", 2).event_files[1].unlink()
    with pytest.raises(DataError, match="part-00001"):
        PartsFolder.open(tmp_path / "parts")


def test_what_the_next_day_says_of_an_item_is_what_is_known(
    checkerboard: Tables, tmp_path: Path
) -> None:
    first = checkerboard.items["id"][0]
    items = checkerboard.items.select("id")
    before = replace(checkerboard, items=items.with_columns(title=pl.lit("old")))
    write_parts(before, tmp_path / "parts", 2)
    told = pl.DataFrame({"id": [first], "title": ["new"]})
    add_to_parts(
        replace(before, items=told, events=before.events[:0]), tmp_path / "parts"
    )
    after = read_parts(str(tmp_path / "parts")).items
    assert after["id"].to_list() == items["id"].to_list()
    assert after["title"].to_list() == ["new"] + ["old"] * (len(items) - 1)
