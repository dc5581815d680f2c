"""`derive` from Parquet parts: out of core, in processes, and going on where it stood.

parts -> events as positions, facts      (one file a shard)
      -> what each shard adds to the sums   (count_pairs; one file a shard)
      -> sums by blocks of items, then lift, powers, the strongest   (one a block)
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from filelock import FileLock, Timeout

from basketweave.errors import DataError, StoreBusyError
from basketweave.graph.derive.add_pairs import added_numbers, scores
from basketweave.graph.derive.count_pairs import NUMBERS, PAIRS
from basketweave.graph.derive.derive import DeriveConfig, DeriveSummary
from basketweave.graph.derive.facts import NEVER, Facts, Plan, planned
from basketweave.graph.derive.rows import Sums
from basketweave.graph.kinds import Kinds, counting
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.sharded.arrow_files import batches
from basketweave.graph.sharded.derived_files import DerivedFiles, found_in
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.pool import Work, Workers, workers
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.sharded.shard import Shard, read_part, shards_of
from basketweave.graph.sharded.work import add_block, count_shard, read_shard
from basketweave.moments import Moment, until
from basketweave.progress import SILENT, Progress
from basketweave.whole import whole


def derive_parts(
    folder: Path,
    sharding: Sharding | None = None,
    *,
    as_of: Moment = None,
    config: DeriveConfig | None = None,
    kinds: Kinds | None = None,
    progress: Progress = SILENT,
) -> DerivedFiles:
    """Derive from the parts of a folder, as `derive` does from a store.

    kinds   how events of each kind count; by default as in a store that was told nothing

    Broken off, it goes on where it stood when it is called again in the same way; a file
    that was cut short is made again. Done already, it does nothing.

    Raises `StoreBusyError` where another process derives there, `DataError` where there
    are no events, a part cannot be read, or the disk is full.
    """
    found = PartsFolder.open(folder)
    asked = _Asked(
        found,
        sharding or Sharding(),
        config or DeriveConfig(),
        until(as_of),
        kinds,
        progress,
    )
    into = folder / "derived"
    into.mkdir(exist_ok=True)
    lock = FileLock(into / "derive.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StoreBusyError(
            f"Another process derives in {folder}. Wait until it has ended."
        ) from error
    try:
        return asked.done() or asked.derive()
    finally:
        lock.release()


@dataclass(frozen=True)
class _Asked:
    found: PartsFolder
    sharding: Sharding
    config: DeriveConfig
    as_of: int | None
    kinds: Kinds | None
    progress: Progress

    @property
    def into(self) -> Path:
        return self.found.folder / "derived"

    @property
    def name(self) -> str:
        """Another text where the events, how they count, the settings or the shards are
        others."""
        files = [
            (p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in self._given()
        ]
        said = [
            files,
            self.config.model_dump(mode="json"),
            self.as_of,
            repr(self.kinds),
            self.sharding.shards,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]

    @cached_property
    def counts(self) -> Mapping[str, float]:
        """What an event of each kind that there is counts; 1 where all are alike."""
        files = self.found.event_files
        kinds = sorted(
            {k for f in files for k in read_part(f, ["kind"])["kind"].unique()}
        )
        counts = counting(self.kinds, kinds)
        if counts.alike(kinds):
            return dict.fromkeys(kinds, 1.0)
        return {kind: float(np.float32(counts.weights[kind])) for kind in kinds}

    def _given(self) -> list[Path]:
        return [self.found.table("items"), *self.found.event_files]

    def done(self) -> DerivedFiles | None:
        """What stands already, where it is of these events and settings."""
        found = found_in(self.found.folder)
        return found if found and found.name == self.name else None

    def derive(self) -> DerivedFiles:
        work = self.into / f"work-{self.name}"
        for old in self.into.glob("work-*"):
            if old != work:
                shutil.rmtree(old, ignore_errors=True)
        work.mkdir(exist_ok=True)
        shards = shards_of(self.found, self.sharding.shards, work)
        with workers(self.sharding.processes, self.progress) as at_work:
            facts = self._facts(shards, at_work)
            weights = [w for w in self.counts.values() if w > 0]
            plan = planned(facts, self.config, max(weights), min(weights))
            given = [Work(count_shard, (s, plan, self.sharding.rows)) for s in shards]
            at_work.do("Counting pairs", given)
            numbers = self._numbers(shards, plan)
            kept = {}
            for kind in PAIRS:
                blocks = self._blocks(kind, numbers, shards, plan)
                kept[kind] = sum(at_work.do(f"Adding {kind}", blocks))
        summary = DeriveSummary(
            kept[CO_PURCHASED], kept[FOLLOWED_BY], self.as_of, facts.cut
        )
        pairs = int(numbers[-len(PAIRS) :].sum())
        return self._finish(
            work, DerivedFiles(self.into, summary, facts.events, pairs, self.name)
        )

    def _facts(self, shards: list[Shard], at_work: Workers) -> Facts:
        work = [
            Work(read_shard, (s, self.found, self.config, self.as_of, self.counts))
            for s in shards
        ]
        facts = at_work.do("Reading parts", work)
        total: Facts = sum(facts[1:], facts[0])
        if total.last == NEVER:
            raise DataError("There are no events. Write some first: basketweave load …")
        return total

    def _numbers(self, shards: list[Shard], plan: Plan) -> Sums:
        counted = (b for s in shards for b in batches(s.counts_file))
        numbers = added_numbers(counted, plan.n_items)
        with whole(shards[0].folder / "numbers.npy") as path, path.open("wb") as file:
            np.save(file, numbers)
        return numbers

    def _blocks(
        self, kind: str, numbers: Sums, shards: list[Shard], plan: Plan
    ) -> list[Work]:
        sizes = numbers[NUMBERS.index(f"pairs_{kind}")]
        block = np.cumsum(sizes) // self.sharding.rows
        bounds = [*np.flatnonzero(np.diff(block, prepend=-1)), plan.n_items]
        counts = [shard.counts_file for shard in shards]
        parts = self._blocks_folder(shards[0].folder, kind)
        return [
            Work(
                add_block,
                (kind, int(first), int(end), counts, plan, parts / f"part-{n:05d}.parquet",
                 self.found),
                float(sizes[first:end].sum()),
            )
            for n, (first, end) in enumerate(pairwise(bounds))
        ]  # fmt: skip

    def _blocks_folder(self, work: Path, kind: str) -> Path:
        """With other memory the blocks are others."""
        return work / f"{kind}-{self.sharding.rows}"

    def _finish(self, work: Path, result: DerivedFiles) -> DerivedFiles:
        numbers = np.load(work / "numbers.npy")
        ids = self.found.item_ids_in_order
        (self.into / "derived.json").unlink(missing_ok=True)
        with whole(self.into / "items.parquet") as path:
            pl.DataFrame({"id": ids, **scores(numbers)}).write_parquet(path)
        for kind in PAIRS:
            shutil.rmtree(self.into / kind, ignore_errors=True)
            self._blocks_folder(work, kind).rename(self.into / kind)
        result.tell()
        shutil.rmtree(work, ignore_errors=True)
        return result
