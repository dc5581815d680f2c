"""Everyone's lists as Parquet parts in a folder, by processes or a Spark cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from basketweave.blend.request import Where
from basketweave.errors import DataError, UsageError
from basketweave.graph.connect import connect, file_of
from basketweave.graph.known import Known
from basketweave.graph.schema import USER
from basketweave.graph.sharded.pool import Hands, Work, workers
from basketweave.graph.sharded.spark_work import spark_workers
from basketweave.progress import SILENT, Progress
from basketweave.serving.everyone import Everyone
from basketweave.serving.recommender import Recommender
from basketweave.whole import whole

ABOUT = "lists.json"


@dataclass(frozen=True)
class ListsInParts:
    """Which lists are wanted, and of which users one part after the other has them."""

    shards: int
    k: int = 10
    known: Known = "new"
    weights: Mapping[str, float] | None = None
    where: Where | Mapping[str, Any] = field(default_factory=Where)

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", Where.given(self.where))
        if not 0 < self.shards <= 100_000:
            raise UsageError("shards is a number from 1 to 100,000.")

    def asked(self) -> dict[str, Any]:
        """The arguments of a question for these lists."""
        names = ("k", "known", "weights", "where")
        return {name: getattr(self, name) for name in names}

    def plain(self) -> dict[str, Any]:
        """The same as JSON gives it back."""
        where = Where.given(self.where).model_dump(mode="json")
        weights = None if self.weights is None else dict(self.weights)
        return {
            **self.asked(),
            "where": where,
            "weights": weights,
            "shards": self.shards,
        }


def write_lists(
    uri: str,
    folder: Path,
    lists: ListsInParts,
    *,
    processes: int = 1,
    spark: str | None = None,
    progress: Progress = SILENT,
) -> tuple[int, int]:
    """Write the lists of all users of a store; returns how many lists and rows there are.

    spark   the master of a cluster that computes them, in place of processes here; its
            workers reach the store and the folder under the same names

    Each part is whole or not there. Done again, the parts that are there stay, as long
    as the store and the question are the same; else all are written anew.

    Raises `DataError` where the folder has other files, or the store was written while
    the parts were, and what `Recommender.recommend_all` raises.
    """
    if spark is not None:  # its workers stand in other folders
        file = file_of(uri)
        uri, folder = uri if file is None else str(file.absolute()), folder.absolute()
    with connect(uri, read_only=True) as store:
        client = Recommender(store)
        for user in store.find_users("", 1):  # what cannot be asked is told at once
            client.recommend(user, **lists.asked())
        changes, users = client.dataset().changes, store.count(USER)
    _begin(folder, {**lists.plain(), "changes": changes})
    left = [n for n in range(lists.shards) if not part(folder, n).exists()]
    each = users / lists.shards
    work = [Work(_write, (uri, folder, lists, changes, n), each) for n in left]
    try:
        with _hands(spark, processes, len(left), progress) as doing:
            doing.do("Recommending", work)
    finally:
        _Held.close()
    every = pl.concat(parts(folder, lists.shards))
    n, rows = (
        every.select(pl.col("user").n_unique(), pl.len().alias("n")).collect().row(0)
    )
    return int(n), int(rows)


def _hands(
    spark: str | None, processes: int, tasks: int, progress: Progress
) -> AbstractContextManager[Hands]:
    if spark is None or not tasks:
        return workers(max(1, min(processes, tasks)), progress)
    return spark_workers(spark, tasks, progress)


def part(folder: Path, number: int) -> Path:
    """The file of a part."""
    return folder / f"part-{number:05d}.parquet"


def parts(folder: Path, shards: int) -> list[pl.LazyFrame]:
    """All parts of a folder, to be read; a user's list is whole in one."""
    return [pl.scan_parquet(part(folder, n)) for n in range(shards)]


def _write(
    uri: str, folder: Path, lists: ListsInParts, changes: int, number: int
) -> None:
    client, everyone = _Held.of(uri, lists)
    if client.dataset().changes != changes:
        raise DataError(
            "The store was written while the lists were. Do the same again."
        )
    some = everyone.rows(None)[number :: lists.shards]
    with whole(part(folder, number)) as beside:
        made = client.typed(everyone.lists(some, lambda _: None))
        made.write_parquet(beside)


class _Held:
    """What a process has read of the store, for one part after the other."""

    what: ClassVar[tuple[str, ListsInParts] | None] = None
    found: ClassVar[tuple[Recommender, Everyone]]
    ends: ClassVar = ExitStack()

    @classmethod
    def of(cls, uri: str, lists: ListsInParts) -> tuple[Recommender, Everyone]:
        if cls.what != (uri, lists):
            cls.close()
            client = Recommender(cls.ends.enter_context(connect(uri, read_only=True)))
            everyone = cls.ends.enter_context(client.everyone(**lists.asked()))
            cls.what, cls.found = (uri, lists), (client, everyone)
        return cls.found

    @classmethod
    def close(cls) -> None:
        cls.what = None
        cls.ends.close()


def _begin(folder: Path, about: Mapping[str, Any]) -> None:
    """Make the folder, and take away the parts of another question in it."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / ABOUT
    there = sorted(one.name for one in folder.iterdir() if one.name != ABOUT)
    foreign = [name for name in there if not name.startswith("part-")]
    if foreign or (there and not note.exists()):
        raise DataError(
            f"{folder} has other files, such as {(foreign or there)[0]}. Name a new folder."
        )
    with suppress(OSError, ValueError):
        if json.loads(note.read_text()) == about:
            return
    for name in there:
        (folder / name).unlink()
    with whole(note) as beside:
        beside.write_text(json.dumps(about, indent=1))
