"""What one process does where sums are kept: add a shard's new events, count the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from basketweave.graph.derive.columns import column_of
from basketweave.graph.derive.count_change import changing, count_change
from basketweave.graph.derive.count_pairs import (
    EXACT,
    NUMBERS,
    PAIRS,
    count_numbers,
    numbers_table,
)
from basketweave.graph.derive.facts import Facts, Plan
from basketweave.graph.derive.rows import Sums
from basketweave.graph.sharded.arrow_files import stands, write_batches
from basketweave.graph.sharded.facts_files import facts_if_there, write_facts
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.kept import KeptSums, file_of
from basketweave.graph.sharded.shard import (
    POSITIONS,
    Shard,
    events_in,
    placed,
    placed_chunks,
    single,
)
from basketweave.whole import whole

PAIR_NUMBERS = 3  # the first of `NUMBERS`, which are sums of pairs


@dataclass(frozen=True)
class Renewed:
    """A shard as it is now, beside what was kept of it."""

    shard: Shard
    kept: KeptSums
    as_of: int | None

    @property
    def stood(self) -> Shard:
        """The shard as it was."""
        return replace(self.shard, folder=self.kept.folder)

    @property
    def facts_file(self) -> Path:
        """The facts of users with new events: as they were, and as they are."""
        return self.shard.facts_file.with_name(f"changed-{self.shard.number:05d}.npz")

    def new_events(self) -> pl.DataFrame | None:
        """The rows that were not counted; None where no file has any."""
        seen = set(self.kept.files)
        until = pl.lit(True) if self.as_of is None else pl.col("time") <= self.as_of
        found = []
        for path in self.shard.parts:
            if file_of(path) not in seen:
                found.append(self.shard.part(path, until))
            elif self.kept.as_of is not None and self.kept.as_of != self.as_of:
                later = until & (pl.col("time") > self.kept.as_of)
                found.append(self.shard.part(path, later))
        return pl.concat(found) if found else None


def add_events(
    one: Renewed, found: PartsFolder, n_items: int, counts: Mapping[str, float]
) -> tuple[Facts, Facts]:
    """All events as positions, in a file; the facts of users with new ones: old, new."""
    if stands(one.shard.events_file) and (there := facts_if_there(one.facts_file, 2)):
        old, new = there
        return old, new
    stood = pl.DataFrame(one.stood.table()).with_columns(new=False)
    users = pl.read_parquet(one.stood.users_file)
    rows = one.new_events()
    if rows is None:
        changed = stood.clear()
    else:
        names = rows.select(pl.col("user").unique().sort())
        users = pl.concat([users, names.join(users, on="user", how="anti")])
        fresh = placed(rows, users["user"], found, counts).with_columns(new=True)
        fresh = fresh.select(POSITIONS.names)
        theirs = np.zeros(len(users), np.bool_)
        theirs[fresh["user"].to_numpy()] = True
        mine = pl.Series(theirs[stood["user"].to_numpy()])
        changed = single(pl.concat([stood.filter(mine), fresh], how="vertical_relaxed"))
        others, schema = stood.filter(~mine), stood.schema
        stood = others.merge_sorted(changed.cast(schema), key="user")
    with whole(one.shard.users_file) as path:
        users.write_parquet(path)
    one.shard.write(stood)
    facts = _facts_of(changed, n_items, one.kept, max(counts.values()))
    write_facts(one.facts_file, *facts)
    return facts


def count_renewed(shard: Shard, before: Plan, after: Plan, most: int) -> None:
    """What a shard's new events change of the sums, in a file."""
    if stands(shard.counts_file):
        return
    table = shard.table()
    events, new = events_in(table), column_of(table["new"])
    some = np.flatnonzero(changing(events, new, before, after))
    changed, fresh = events.taken(some), new[some]
    numbers = count_numbers(events, after)
    counted = (
        _with_sizes(count_change(part, fresh[at], before, after), after)
        for at, part in placed_chunks(changed, after.config, most)
    )
    tables = [numbers_table(numbers, after, begin=PAIR_NUMBERS)]
    write_batches(shard.counts_file, EXACT, (t for ts in (tables, counted) for t in ts))


def renewed_numbers(kept: Sums, change: Sums, aged: float) -> Sums:
    """The numbers of all items, (N, I), from those that stood and what was counted."""
    numbers = change.copy()
    stood = kept[:PAIR_NUMBERS] * np.array([[1.0], [aged], [aged]])
    numbers[:PAIR_NUMBERS, : stood.shape[1]] += stood
    left = np.where(numbers[:PAIR_NUMBERS] > 1e-6, numbers[:PAIR_NUMBERS], 0)
    numbers[:PAIR_NUMBERS] = left
    return numbers


def _with_sizes(table: pa.Table, plan: Plan) -> pa.Table:
    what, i = column_of(table["what"]), column_of(table["i"])
    sizes = np.stack(
        [
            np.bincount(i[what == code], None, plan.n_items).astype(np.float64)
            for code in PAIRS.values()
        ]
    )
    numbers = numbers_table(sizes, plan, begin=len(NUMBERS) - len(PAIRS))
    return pa.concat_tables([table, numbers])


def _facts_of(
    changed: pl.DataFrame, n_items: int, kept: KeptSums, most: float
) -> tuple[Facts, Facts]:
    now = events_in(changed.to_arrow())
    was = now.where(~changed["new"].to_numpy())
    old, new = (Facts.of(events, n_items, kept.config, most) for events in (was, now))
    return old, new
