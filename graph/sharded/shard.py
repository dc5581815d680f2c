"""A shard: which users of which parts it has, and its events as positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from basketweave.graph.derive.columns import column_of, table_of
from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.runs import run_sizes, run_starts
from basketweave.graph.schema import EVENT_KINDS
from basketweave.graph.sharded.arrow_files import batches, write_batches
from basketweave.graph.sharded.folder import PartsFolder, read_table
from basketweave.graph.sharded.item_places import item_places
from basketweave.graph.subgraph import Events, IntArray
from basketweave.graph.tables import MILLIS
from basketweave.whole import whole

POSITIONS = pa.schema(
    [("user", pa.int32()), ("at", pa.int32()), ("time", pa.int64()), (MILLIS, pa.int16()),
     ("weight", pa.float32()), ("kind", pa.int8()), ("new", pa.bool_())]
)  # fmt: skip
"""An event; `new` where it was not there when sums were kept the last time."""

KEY = ("user", "time", MILLIS, "at", "kind")


@dataclass(frozen=True)
class Shard:
    """Some parts' users whose hash has this remainder, and the file of their events."""

    number: int
    parts: Sequence[Path]
    divisor: int
    remainder: int
    folder: Path

    @property
    def events_file(self) -> Path:
        """Its events as positions."""
        return self.folder / f"events-{self.number:05d}.arrow"

    @property
    def users_file(self) -> Path:
        """The ids of its users, in order of their numbers."""
        return self.folder / f"users-{self.number:05d}.parquet"

    @property
    def facts_file(self) -> Path:
        """What is known of them."""
        return self.folder / f"facts-{self.number:05d}.npz"

    @property
    def counts_file(self) -> Path:
        """What they add to the sums."""
        return self.folder / f"counts-{self.number:05d}.arrow"

    def read(
        self, found: PartsFolder, as_of: int | None, counts: Mapping[str, float]
    ) -> Events:
        """Read the parts and write their events; those after `as_of` are left out.

        counts   what an event of each kind counts; kinds of 0 are left out
        """
        until = pl.lit(True) if as_of is None else pl.col("time") <= as_of
        frame = pl.concat([self.part(path, until) for path in self.parts])
        users = frame["user"].unique().sort()
        with whole(self.users_file) as path:
            pl.DataFrame({"user": users}).write_parquet(path)
        self.write(single(placed(frame, users, found, counts)))
        return self.events()

    def write(self, events: pl.DataFrame) -> None:
        """Write its events, which are in order."""
        columns = [events[name].to_numpy() for name in POSITIONS.names]
        table = table_of(columns, POSITIONS)
        write_batches(self.events_file, POSITIONS, [table])

    def events(self) -> Events:
        """Its events: by user, then time; users counted from 0."""
        return events_in(self.table())

    def table(self) -> pa.Table:
        """The same as `POSITIONS`."""
        return pa.Table.from_batches(batches(self.events_file), POSITIONS)

    def part(self, path: Path, which: pl.Expr) -> pl.DataFrame:
        """The events of a file that are of its users."""
        frame = read_table(path).filter(which)
        if self.divisor > 1:
            mine = frame["user"].hash(seed=1) % self.divisor == self.remainder
            frame = frame.filter(mine)
        millis = pl.col(MILLIS) if MILLIS in frame.columns else pl.lit(0, pl.Int64)
        return frame.select(
            "user", "item", "time", millis.fill_null(0).alias(MILLIS), "kind"
        )


def events_in(table: pa.Table) -> Events:
    """Events of `POSITIONS`: by user, then time."""
    user, item, time, millis = (
        column_of(column).astype(np.int64) for column in table.columns[:4]
    )
    weight = column_of(table["weight"])
    return Events(
        user,
        item,
        time,
        np.ones(len(user), np.float32),
        millis if millis.any() else None,
        weight=None if (weight == 1).all() else weight,
    )


def placed(
    frame: pl.DataFrame,
    users: pl.Series,
    found: PartsFolder,
    counts: Mapping[str, float],
) -> pl.DataFrame:
    """Events as positions, with what they count; those that count nothing left out."""
    known = frame.with_columns(at=item_places(found, frame["item"]))
    number = pl.DataFrame(
        {"user": users, "number": np.arange(len(users), dtype=np.int32)}
    )
    numbered = known.join(number, on="user", how="left", maintain_order="left")
    weight = pl.col("kind").replace_strict(counts, return_dtype=pl.Float32)
    kind = pl.col("kind").cast(pl.Enum(EVENT_KINDS)).to_physical().cast(pl.Int8)
    return numbered.select(
        "time", MILLIS, "at", user="number", weight=weight, kind=kind, new=pl.lit(False)
    ).filter(pl.col("weight") > 0)


def single(events: pl.DataFrame) -> pl.DataFrame:
    """In order; as in a store, an event that is told twice counts once."""
    ordered = events.sort(*KEY, "new")
    again = pl.all_horizontal(pl.col(c) == pl.col(c).shift() for c in KEY)
    return ordered.filter(~again.fill_null(value=False))


def shards_of(found: PartsFolder, count: int | None, folder: Path) -> list[Shard]:
    """So many shards: some parts each, or a share of the users of each part."""
    parts = found.files_by_part
    count = count or len(parts)
    if count <= len(parts):
        some = (list(chain(*parts[n::count])) for n in range(count))
        return [Shard(n, files, 1, 0, folder) for n, files in enumerate(some)]
    each = -(-count // len(parts))
    cuts = [(files, rest) for files in parts for rest in range(each)]
    return [Shard(n, files, each, rest, folder) for n, (files, rest) in enumerate(cuts)]


def chunks(events: Events, config: DeriveConfig, most: int) -> Iterator[Events]:
    """Events of whole users that make at most so many pairs, users counted from 0.

    A user of n events makes at most n² pairs; one who makes more than `most` alone is
    alone.
    """
    for _, some in placed_chunks(events, config, most):
        yield some


def placed_chunks(
    events: Events, config: DeriveConfig, most: int
) -> Iterator[tuple[slice, Events]]:
    """The same, with where they stand among all."""
    starts = run_starts(events.user)
    sizes = run_sizes(starts, len(events))
    pairs = np.minimum(sizes, config.newest_events) ** 2
    chunk = np.cumsum(pairs) // most
    first = np.flatnonzero(np.diff(chunk, prepend=-1))
    bounds: IntArray = np.r_[starts[first], len(events)]
    for start, end in pairwise(bounds):
        some = events.taken(np.arange(start, end))
        yield slice(start, end), replace(some, user=some.user - some.user[0])
