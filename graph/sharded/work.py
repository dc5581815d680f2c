"""What one process does: read a shard, count it, or add up the rows of some items.

Each writes one file, whole or not at all; what stands already is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from pyarrow import ArrowException

from basketweave.graph.derive.add_pairs import added_pairs, rows
from basketweave.graph.derive.count_pairs import PAIRS, PARTIALS, count
from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.derive.facts import Facts, Plan
from basketweave.graph.derive.rows import frame
from basketweave.graph.sharded.arrow_files import batches, stands, write_batches
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.shard import Shard, chunks
from basketweave.whole import whole


def read_shard(
    shard: Shard,
    found: PartsFolder,
    config: DeriveConfig,
    as_of: int | None,
    counts: Mapping[str, float],
) -> Facts:
    """Its events as positions, in a file; and the facts of them."""
    if stands(shard.events_file) and (facts := _facts(shard.facts_file)):
        return facts
    n_items = pq.read_metadata(found.table("items")).num_rows
    events = shard.read(found, as_of, counts)
    facts = Facts.of(events, n_items, config, max(counts.values()))
    with whole(shard.facts_file) as path, path.open("wb") as file:
        np.savez(file, **vars(facts))
    return facts


def count_shard(shard: Shard, plan: Plan, most: int) -> None:
    """What a shard adds to the sums, in a file; `most` pairs are held at a time."""
    if stands(shard.counts_file):
        return
    parts = chunks(shard.events(), plan.config, most)
    counted = (count(part, plan) for part in parts)
    write_batches(shard.counts_file, PARTIALS, counted)


def add_block(
    kind: str, first: int, end: int, counts: Sequence[Path], plan: Plan, into: Path,
    found: PartsFolder,
) -> int:  # fmt: skip
    """The relationships of the items `first` to `end`, in a file; gives their number."""
    try:
        return int(pq.read_metadata(into).num_rows)
    except (OSError, ArrowException):
        pass
    code = PAIRS[kind]
    some = [rows(b, code, first, end) for path in counts for b in batches(path)]
    numbers = np.load(counts[0].with_name("numbers.npy"), mmap_mode="r")
    edges = added_pairs(kind, some, numbers, plan, first, end)
    table: pl.DataFrame = frame(edges, found.item_ids_in_order)
    with whole(into) as path:
        table.write_parquet(path)
    return len(table)


def _facts(path: Path) -> Facts | None:
    try:
        with np.load(path) as said:
            values: dict[str, Any] = {
                name: value if value.ndim else int(value)
                for name, value in said.items()
            }
            return Facts(**values)
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile):
        return None
