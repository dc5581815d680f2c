"""People's events out of Parquet parts, read some people at a time, once and again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from basketweave.errors import DataError
from basketweave.graph.kinds import counting
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.sharded.catalogue import catalogue
from basketweave.graph.sharded.counts import kinds_in
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.history_files import (
    fingerprint,
    last_of,
    read_history,
    write_history,
)
from basketweave.graph.sharded.shard import Shard, shards_of
from basketweave.graph.subgraph import Events, IntArray, Subgraph, joined
from basketweave.progress import SILENT, Progress

SHARD = 250_000
"""Events of a shard, about."""
HELD = 2_000_000
"""Events that are read at a time: some 120 MB with all that is made of them."""


@dataclass(frozen=True)
class Histories:
    """Events of one kind by whole users, in shards that stand as files.

    graph    all items, categories and brands, and no user
    last     the second of the last event
    as_of    the second up to which events count
    held     how many events are read at a time
    """

    shards: Sequence[Shard]
    graph: Subgraph
    kind: str
    last: int
    as_of: int
    held: int = HELD

    @property
    def pieces(self) -> int:
        """How many shards there are; each has whole users."""
        return len(self.shards)

    def until(self, as_of: int) -> Histories:
        """The same people, as they stood at `as_of`."""
        return replace(self, as_of=as_of)

    def piece(self, number: int) -> Events:
        """The events of a shard: by user, then time, then as they came."""
        events = read_history(self.shards[number])
        return events.where(events.time <= self.as_of)

    def users(self, number: int) -> pl.Series:
        """The ids of a shard's users, in order of their numbers."""
        return pl.read_parquet(self.shards[number].users_file)["user"]

    def read(self, order: Sequence[int]) -> Iterator[Events]:
        """The events of all shards in this order, so many at a time as are held.

        Users are numbered anew each time.
        """
        some: list[Events] = []
        for number in order:
            some.append(self.piece(number))
            if sum(map(len, some)) >= self.held:
                yield beside(some)
                some = []
        if some:
            yield beside(some)

    @cached_property
    def item_counts(self) -> IntArray:
        """How many events each item has (I,)."""
        n = self.graph.shape[1]
        counts = np.zeros(n, np.int64)
        for number in range(self.pieces):
            counts += np.bincount(self.piece(number).item, minlength=n)
        return counts

    @cached_property
    def name(self) -> str:
        """Another text where the events are others."""
        found = hashlib.sha256(self.item_counts.tobytes())
        found.update("\0".join(self.graph.ids[ITEM]).encode())
        said = [self.kind, self.last, self.as_of, self.pieces, self.held]
        found.update(json.dumps(said).encode())
        return found.hexdigest()[:16]

    def people(self, number: int) -> Subgraph:
        """All items, and a shard's users with their events."""
        return self._with(self.users(number), self.piece(number))

    def sample(self, people: int) -> Subgraph:
        """All items, and about so many users, the same ones however they are cut."""
        everyone = sum(pq.read_metadata(s.users_file).num_rows for s in self.shards)
        share = min(people / max(everyone, 1), 1.0)
        ids, events = [], []
        for number in range(self.pieces):
            users, found = self.users(number), self.piece(number)
            drawn = (users.hash(seed=2) / 2**64 <= share).to_numpy()
            place = np.cumsum(drawn) - 1
            kept = found.where(drawn[found.user])
            events.append(replace(kept, user=place[kept.user]))
            ids.append(users.filter(pl.Series(drawn)))
        before = np.cumsum([0, *map(len, ids)])
        moved = (
            replace(e, user=e.user + n) for e, n in zip(events, before, strict=False)
        )
        return self._with(pl.concat(ids), joined(list(moved)))

    def _with(self, users: pl.Series, events: Events) -> Subgraph:
        return replace(
            self.graph,
            ids={**self.graph.ids, USER: users},
            events={self.kind: events},
            as_of=self.as_of,
            kinds=counting(None, [self.kind]),
        )


def beside(parts: Sequence[Events]) -> Events:
    """Events of different users as one: those of the second part follow the first's."""
    sizes = [int(e.user[-1]) + 1 if len(e) else 0 for e in parts]
    before = np.cumsum([0, *sizes])
    return joined(
        [replace(e, user=e.user + n) for e, n in zip(parts, before, strict=False)]
    )


def histories(
    folder: Path,
    work: Path,
    *,
    kind: str | None = None,
    as_of: int | None = None,
    items: Sequence[str] = (),
    size: int = SHARD,
    first: float = 0,
    progress: Progress = SILENT,
) -> Histories:
    """The histories of a folder of parts, whose positions are written into `work`.

    kind     the kind of the events; by default what a store would predict
    items    the properties of items that are wanted
    size     events of a shard, about
    first    with which shard to begin, as a share of them: where several processes
             write them into one folder, each begins elsewhere

    What stands in `work` already, of the same parts, is left as it is. Raises
    `DataError` where there are no events, or a part cannot be read.
    """
    found = PartsFolder.open(folder)
    present = kinds_in(found.event_files)
    kind = kind or counting(None, present).target
    rows = sum(pq.read_metadata(path).num_rows for path in found.event_files)
    into = work / f"histories-{fingerprint(found, kind, size)}"
    into.mkdir(parents=True, exist_ok=True)
    shards = shards_of(found, max(-(-rows // size), 1), into)
    begin = int(first * len(shards))
    with progress.task(f"Reading {folder}", len(shards)) as advance:
        for shard in (*shards[begin:], *shards[:begin]):
            write_history(shard, found, kind)
            advance(1)
    last = max(
        (n for shard in shards if (n := last_of(shard, as_of)) is not None),
        default=None,
    )
    if last is None:
        raise DataError(
            f"There are no {kind} events in {folder}"
            + (". " if as_of is None else " up to that time. ")
            + "Write them: basketweave load SOURCE --to FOLDER"
        )
    graph = catalogue(found, items)
    return Histories(shards, graph, kind, last, last if as_of is None else as_of)
