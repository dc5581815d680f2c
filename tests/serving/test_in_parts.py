"""Everyone's lists as parts of a folder: the same lists, whatever came between."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.testing
import pytest

from basketweave.blend.request import Where
from basketweave.errors import DataError, NotFoundError, UsageError
from basketweave.graph import connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.in_parts import ListsInParts, part, write_lists
from basketweave.serving.recommender import Recommender

RULES = Where(not_brands=("North",))


@pytest.fixture
def uri(checkerboard: Tables, tmp_path: Path) -> str:
    with connect(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        derive(store)
    return str(tmp_path / "graph.lbug")


def read(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "part-*.parquet").sort("user", "rank")


@pytest.mark.parametrize(("shards", "processes"), [(1, 1), (3, 1), (9, 2)])
def test_parts_have_the_lists_of_everyone(
    uri: str, tmp_path: Path, shards: int, processes: int
) -> None:
    lists = ListsInParts(shards, k=3, known="any", where=RULES)
    users, rows = write_lists(uri, tmp_path / "lists", lists, processes=processes)
    with connect(uri, read_only=True) as store:
        all_of_them = Recommender(store).recommend_all(3, known="any", where=RULES)
    assert (users, rows) == (5, len(all_of_them))
    polars.testing.assert_frame_equal(
        read(tmp_path / "lists"), all_of_them.sort("user", "rank")
    )


def test_done_again_only_what_is_missing_is_written(uri: str, tmp_path: Path) -> None:
    folder, lists = tmp_path / "lists", ListsInParts(3)
    write_lists(uri, folder, lists)
    stamps = [part(folder, n).stat().st_mtime_ns for n in range(3)]
    before = read(folder)
    part(folder, 1).unlink()
    write_lists(uri, folder, lists)
    again = [part(folder, n).stat().st_mtime_ns for n in range(3)]
    assert [new == old for new, old in zip(again, stamps, strict=True)] == [
        True,
        False,
        True,
    ]
    assert read(folder).equals(before)
    write_lists(uri, folder, ListsInParts(2))  # another question
    assert not part(folder, 2).exists()
    assert len(read(folder)) == len(before)
    with connect(uri) as store:
        store.record({"user": "new", "item": "a"})
        derive(store)
    assert write_lists(uri, folder, ListsInParts(2))[0] == 6


def test_what_is_not_ours_stays(uri: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DataError, match="Name a new folder"):
        write_lists(uri, tmp_path, ListsInParts(1))
    folder = tmp_path / "lists"
    write_lists(uri, folder, ListsInParts(2))
    before = read(folder)
    with pytest.raises(NotFoundError, match="nowhere"):
        write_lists(uri, folder, ListsInParts(2, where=Where(brands=("nowhere",))))
    assert read(folder).equals(before)
    with pytest.raises(UsageError, match="shards"):
        ListsInParts(0)
