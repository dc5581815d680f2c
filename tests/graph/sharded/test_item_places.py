"""Positions of items by the hashes of their ids."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.graph.sharded import PartsFolder
from basketweave.graph.sharded.item_places import item_places

IDS = pl.Series("id", ["b", "a", "", "a" * 1_000, "é"])


@pytest.fixture
def found(tmp_path: Path) -> PartsFolder:
    pl.DataFrame({"id": IDS}).write_parquet(tmp_path / "items.parquet")
    return PartsFolder(tmp_path, "shop")


def test_each_item_is_where_the_catalogue_has_it(found: PartsFolder) -> None:
    named = IDS.gather([4, 0, 0, 3, 2, 1])
    assert item_places(found, named).to_list() == [4, 0, 0, 3, 2, 1]
    assert item_places(found, named.clear()).to_list() == []


def test_an_item_that_is_not_there_is_named(found: PartsFolder) -> None:
    for items in (["a", "z"], ["a", None]):
        with pytest.raises(DataError, match="lacks the item"):
            item_places(found, pl.Series(items, dtype=pl.String))


def test_a_catalogue_that_is_written_anew_is_read_anew(found: PartsFolder) -> None:
    item_places(found, IDS)
    time.sleep(0.01)
    pl.DataFrame({"id": IDS.reverse()}).write_parquet(found.table("items"))
    assert item_places(found, IDS).to_list() == [4, 3, 2, 1, 0]


def test_of_no_items_none_has_a_place(found: PartsFolder) -> None:
    empty = replace(found, folder=found.folder / "empty")
    empty.folder.mkdir()
    pl.DataFrame({"id": IDS.clear()}).write_parquet(empty.table("items"))
    with pytest.raises(DataError, match="lacks the item 'b'"):
        item_places(empty, IDS)
