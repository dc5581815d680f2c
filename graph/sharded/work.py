"""What one process does: read a shard, count it, or add up the rows of some items.

Each writes one file, whole or not at all; what stands already is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ArrowException

from basketweave.graph.derive.add_pairs import (
    added,
    added_pairs,
    merged,
    summed_pairs,
)
from basketweave.graph.derive.columns import column_of, table_of
from basketweave.graph.derive.count_pairs import EXACT, PARTIALS, count
from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.derive.facts import Facts, Plan
from basketweave.graph.derive.rows import Rows, frame
from basketweave.graph.sharded.arrow_files import batches, stands, write_batches
from basketweave.graph.sharded.facts_files import facts_if_there, write_facts
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.pieces import Pieces, read_rows
from basketweave.graph.sharded.shard import Shard, chunks
from basketweave.whole import whole

SUMS = pa.schema([EXACT.field(name) for name in ("i", "j", "value")])


def read_shard(
    shard: Shard,
    found: PartsFolder,
    config: DeriveConfig,
    as_of: int | None,
    counts: Mapping[str, float],
) -> None:
    """Its events as positions, in a file; and the facts of them, in another."""
    if stands(shard.events_file) and facts_if_there(shard.facts_file):
        return
    n_items = pq.read_metadata(found.table("items")).num_rows
    events = shard.read(found, as_of, counts)
    facts = Facts.of(events, n_items, config, max(counts.values()))
    write_facts(shard.facts_file, facts)


def count_shard(shard: Shard, plan: Plan, most: int) -> None:
    """What a shard adds to the sums, in a file; `most` pairs are held at a time."""
    if stands(shard.counts_file):
        return
    parts = chunks(shard.events(), plan.config, most)
    counted = (count(part, plan) for part in parts)
    write_batches(shard.counts_file, EXACT if plan.exact else PARTIALS, counted)


@dataclass(frozen=True)
class ItemBlock:
    """The items `first` to `end`, whose sums of one kind are added.

    counts   what shards add, in files
    numbers  the file of the numbers of all items
    edges    the file for the relationships
    sums     the file for the sums, where they are kept
    kept     that of the sums that stood before, each of which counts `aged` now
    """

    kind: str
    first: int
    end: int
    counts: Sequence[Pieces]
    numbers: Path
    edges: Path
    sums: Path | None = None
    kept: Path | None = None
    aged: float = 1.0


def add_block(block: ItemBlock, plan: Plan, found: PartsFolder) -> int:
    """The relationships of a block's items, in a file; gives their number."""
    try:
        if block.sums is None or stands(block.sums):
            return int(pq.read_metadata(block.edges).num_rows)
    except (OSError, ArrowException):
        pass
    first, end = block.first, block.end
    some = [read_rows(block.counts, np.float64 if plan.exact else np.float32)]
    numbers = np.load(block.numbers, mmap_mode="r")
    if block.sums is None:
        edges = added_pairs(block.kind, some, numbers, plan, first, end)
    else:
        sums = _kept(block, some, plan.n_items)
        edges = summed_pairs(block.kind, sums, numbers, plan, first, end)
    table: pl.DataFrame = frame(edges, found.item_ids_in_order)
    with whole(block.edges) as path:
        table.write_parquet(path)
    return len(table)


def _kept(block: ItemBlock, some: Sequence[Rows], n_items: int) -> Rows:
    """The sums as they are now, which are written too."""
    total = added(some, n_items, block.first, block.end)
    if block.kept is not None:
        stood = pa.Table.from_batches(batches(block.kept), SUMS)
        i, j, value = (column_of(column) for column in stood.columns)
        total = merged((i, j, value * block.aged), total, n_items)
    if block.sums is not None:
        write_batches(block.sums, SUMS, [table_of(total, SUMS)])
    return total
