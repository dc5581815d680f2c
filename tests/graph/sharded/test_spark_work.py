"""Work on a Spark cluster, here with one core in this process: lists of everyone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from basketweave.errors import StoreError
from basketweave.graph import connect
from basketweave.graph.derive import derive
from basketweave.graph.sharded.folder import read_table
from basketweave.graph.sharded.pool import Work
from basketweave.graph.sharded.spark_session import spark_session
from basketweave.graph.sharded.spark_work import SparkWorkers
from basketweave.graph.tables import Tables
from basketweave.progress import Advance
from basketweave.serving.in_parts import ListsInParts, part, write_lists

MASTER = "local[1]"


class Counted:
    """Progress that is added up."""

    def __init__(self) -> None:
        self.total: float | None = 0.0
        self.done = 0.0

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        self.total = total

        def advance(size: float) -> None:
            self.done += size

        yield advance


@pytest.mark.spark
def test_a_cluster_writes_the_lists_that_processes_write(
    checkerboard: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder named from here; what is missing is made again; errors are told."""
    with spark_session(MASTER, 3) as spark:  # so its workers stand in another folder
        monkeypatch.chdir(tmp_path)
        with connect("graph.lbug") as store:
            store.load(checkerboard)
            derive(store)
        here, there, lists = Path("here"), Path("there"), ListsInParts(3, k=3)
        made = write_lists("graph.lbug", here, lists)
        seen = Counted()
        assert made == write_lists(
            "graph.lbug", there, lists, spark=MASTER, progress=seen
        )
        assert seen.done == seen.total == pytest.approx(5)
        for n in range(3):
            assert _read(there, n).equals(_read(here, n))
        stamps = [part(there, n).stat().st_mtime_ns for n in range(3)]
        part(there, 2).unlink()
        assert made == write_lists("graph.lbug", there, lists, spark=MASTER)
        again = [part(there, n).stat().st_mtime_ns for n in range(3)]
        assert again[:2] == stamps[:2]
        assert again[2] > stamps[2]
        workers = SparkWorkers(spark.sparkContext, seen)
        fails = Work(read_table, (Path("gone.parquet"),))
        with pytest.raises(
            StoreError, match=r"up asking: .*gone.parquet .*Do the same"
        ):
            workers.do("Asking", [Work(len, ("abc",)), fails])
        assert workers.do("Asking", [Work(len, ("abc",)), Work(len, ("a",))]) == [3, 1]


@pytest.mark.spark
def test_a_master_that_spark_does_not_know_is_told() -> None:
    with (
        pytest.raises(StoreError, match="did not start with the master 'mesos://x'"),
        spark_session("mesos://x", 2),
    ):
        pass


def _read(folder: Path, number: int) -> pl.DataFrame:
    return pl.read_parquet(part(folder, number))
