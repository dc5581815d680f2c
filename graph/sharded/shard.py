"""A shard: which users of which parts it has, and its events as positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from basketweave.errors import DataError
from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.runs import run_sizes, run_starts
from basketweave.graph.schema import EVENT_KINDS
from basketweave.graph.sharded.arrow_files import batches, write_batches
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.subgraph import Events, IntArray
from basketweave.graph.tables import MILLIS

POSITIONS = pa.schema(
    [("user", pa.int32()), ("at", pa.int32()), ("time", pa.int64()), (MILLIS, pa.int16()),
     ("weight", pa.float32())]
)  # fmt: skip


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
        ids = found.item_ids_in_order
        item = pl.DataFrame({"item": ids, "at": np.arange(len(ids), dtype=np.int32)})
        frame = pl.concat([self._part(path, as_of) for path in self.parts])
        placed = frame.join(item, on="item", how="left", maintain_order="left")
        if placed["at"].null_count():
            name = placed.filter(pl.col("at").is_null())["item"][0]
            raise DataError(
                f"{found.table('items')} lacks the item {name!r}, which events name. "
                "Write the folder again."
            )
        key = ["user", "time", MILLIS, "at", "kind"]
        ordered = placed.select(
            pl.col("user").rank("dense") - 1, "time", MILLIS, "at",
            pl.col("kind").cast(pl.Enum(EVENT_KINDS)),
        ).sort(key)  # fmt: skip
        # As in a store, an event that is told twice counts once.
        again = pl.all_horizontal(pl.col(c) == pl.col(c).shift() for c in key)
        weight = (
            pl.col("kind")
            .cast(pl.String)
            .replace_strict(counts, return_dtype=pl.Float32)
        )
        single = (
            ordered.filter(~again.fill_null(value=False))
            .with_columns(weight=weight)
            .filter(pl.col("weight") > 0)
        )
        columns = (single[name].to_numpy() for name in POSITIONS.names)
        types = [field.type.to_pandas_dtype() for field in POSITIONS]
        table = pa.table(
            [c.astype(t) for c, t in zip(columns, types, strict=True)], schema=POSITIONS
        )
        write_batches(self.events_file, POSITIONS, [table])
        return self.events()

    def events(self) -> Events:
        """Its events: by user, then time; users counted from 0."""
        table = pa.Table.from_batches(batches(self.events_file), POSITIONS)
        user, item, time, millis = (
            column.to_numpy().astype(np.int64) for column in table.columns[:4]
        )
        weight = table["weight"].to_numpy()
        return Events(
            user,
            item,
            time,
            np.ones(len(user), np.float32),
            millis if millis.any() else None,
            weight=None if (weight == 1).all() else weight,
        )

    def _part(self, path: Path, as_of: int | None) -> pl.DataFrame:
        frame = read_part(path)
        if self.divisor > 1:
            mine = frame["user"].hash(seed=1) % self.divisor == self.remainder
            frame = frame.filter(mine)
        if as_of is not None:
            frame = frame.filter(pl.col("time") <= as_of)
        millis = pl.col(MILLIS) if MILLIS in frame.columns else pl.lit(0, pl.Int64)
        return frame.select(
            "user", "item", "time", millis.fill_null(0).alias(MILLIS), "kind"
        )


def read_part(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """A part of the events; raises `DataError`, which names it, where it is not whole."""
    try:
        return pl.read_parquet(path, glob=False, columns=columns)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"{path} cannot be read: {error}. It may be cut short: write the folder again."
        ) from error


def shards_of(found: PartsFolder, count: int | None, folder: Path) -> list[Shard]:
    """So many shards: some parts each, or a share of the users of each part."""
    files = found.event_files
    count = count or len(files)
    if count <= len(files):
        return [Shard(n, files[n::count], 1, 0, folder) for n in range(count)]
    each = -(-count // len(files))
    cuts = [(path, rest) for path in files for rest in range(each)]
    return [Shard(n, [path], each, rest, folder) for n, (path, rest) in enumerate(cuts)]


def chunks(events: Events, config: DeriveConfig, most: int) -> Iterator[Events]:
    """Events of whole users that make at most so many pairs, users counted from 0.

    A user of n events makes at most n² pairs; one who makes more than `most` alone is
    alone.
    """
    starts = run_starts(events.user)
    sizes = run_sizes(starts, len(events))
    pairs = np.minimum(sizes, config.newest_events) ** 2
    chunk = np.cumsum(pairs) // most
    first = np.flatnonzero(np.diff(chunk, prepend=-1))
    bounds: IntArray = np.r_[starts[first], len(events)]
    for start, end in pairwise(bounds):
        some = events.taken(np.arange(start, end))
        yield replace(some, user=some.user - some.user[0])
