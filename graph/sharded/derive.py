"""`derive` from Parquet parts: out of core, in processes, and going on where it stood.

parts -> events as positions, facts      (one file a shard)
      -> what each shard adds to the sums   (count_pairs; one file a shard)
      -> sums by blocks of items, then lift, powers, the strongest   (one a block)

Where sums are kept, the first two read and count what is new, and what follows adds that
to the sums that stood.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from operator import add
from pathlib import Path

import numpy as np
import polars as pl

from basketweave.errors import StoreBusyError
from basketweave.graph.derive.add_pairs import added_numbers, scores
from basketweave.graph.derive.count_change import aged
from basketweave.graph.derive.count_pairs import NUMBERS, PAIRS
from basketweave.graph.derive.derive import DeriveConfig, DeriveSummary
from basketweave.graph.derive.facts import Facts, Plan
from basketweave.graph.derive.rows import Sums
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.sharded.arrow_files import batches
from basketweave.graph.sharded.counts import counts_of, kinds_in, plan_of
from basketweave.graph.sharded.derived_files import DerivedFiles, found_in
from basketweave.graph.sharded.facts_files import read_facts
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.kept import KeptSums, file_of, put_in_place, sums_file
from basketweave.graph.sharded.pieces import pieces
from basketweave.graph.sharded.pool import Work, Workers, workers
from basketweave.graph.sharded.renew import (
    Renewed,
    add_events,
    count_renewed,
    renewed_numbers,
)
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.sharded.shard import Shard, shards_of
from basketweave.graph.sharded.work import ItemBlock, add_block, count_shard, read_shard
from basketweave.moments import Moment, until
from basketweave.progress import SILENT, Progress
from basketweave.whole import alone, whole

SOON_RENEWED = 20_000_000
"""Below so many events this process adds what is new itself: two more take 3 s to start,
and of a million a hundredth is counted in as much."""


def derive_parts(
    folder: Path,
    sharding: Sharding | None = None,
    *,
    as_of: Moment = None,
    config: DeriveConfig | None = None,
    kinds: Kinds | None = None,
    into: Path | None = None,
    progress: Progress = SILENT,
) -> DerivedFiles:
    """Derive from the parts of a folder, as `derive` does from a store.

    kinds   how events of each kind count; by default as in a store that was told nothing
    into    the folder of what is derived; by default `folder`/derived

    Broken off, it goes on where it stood when it is called again in the same way; a file
    that was cut short is made again. Done already, it does nothing.

    Raises `StoreBusyError` where another process derives there, `DataError` where there
    are no events, a part cannot be read, or the disk is full.

    Where `sharding` keeps sums, only events that were added since the last time are
    counted, with what they change of their users' sums. All are counted where that is
    not enough: other settings, shards or weights of kinds, files or items that are gone
    or others, an earlier `as_of`, or a sum of all that changes how each user is counted.
    """
    found = PartsFolder.open(folder)
    asked = _Asked(
        found,
        sharding or Sharding(),
        config or DeriveConfig(),
        until(as_of),
        kinds,
        into or folder / "derived",
        progress,
    )
    busy = f"Another process derives in {folder}. Wait until it has ended."
    with alone(asked.into / "derive.lock", StoreBusyError(busy)):
        return asked.done() or asked.derive()


@dataclass(frozen=True)
class _Asked:
    found: PartsFolder
    sharding: Sharding
    config: DeriveConfig
    as_of: int | None
    kinds: Kinds | None
    into: Path
    progress: Progress

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
            self.sharding.keep,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]

    @cached_property
    def counts(self) -> Mapping[str, float]:
        """What an event of each kind that there is counts; 1 where all are alike."""
        return counts_of(self.kinds, kinds_in(self.found.event_files))

    def _given(self) -> list[Path]:
        return [self.found.table("items"), *self.found.event_files]

    def done(self) -> DerivedFiles | None:
        """What stands already, where it is of these events and settings."""
        found = found_in(self.into)
        kept = not self.sharding.keep or KeptSums.found_in(self.into / "kept")
        return found if kept and found and found.name == self.name else None

    def derive(self) -> DerivedFiles:
        kept = self._kept()
        if kept is not None:
            alone = kept.facts.events < SOON_RENEWED
            processes = 1 if alone else self.sharding.processes
            with workers(processes, self.progress) as at_work:
                shards = self._shards(f"-{kept.fingerprint}")
                counted = self._renewed(kept, shards, at_work)
                if counted is not None:
                    return self._add(counted, shards, at_work)
        with workers(self.sharding.processes, self.progress) as at_work:
            shards = self._shards()
            return self._add(self._counted(shards, at_work), shards, at_work)

    def _shards(self, of: str = "") -> list[Shard]:
        """With a folder for what is not done yet; `of` tells to what it adds."""
        work = self.into / f"work-{self.name}{of}"
        for old in self.into.glob("work-*"):
            if old != work:
                shutil.rmtree(old, ignore_errors=True)
        work.mkdir(exist_ok=True)
        return shards_of(self.found, self.sharding.shards, work)

    def _add(
        self, counted: _Counted, shards: list[Shard], at_work: Workers
    ) -> DerivedFiles:
        edges = {}
        for kind in PAIRS:
            blocks = self._blocks(kind, counted, shards)
            edges[kind] = sum(at_work.do(f"Adding {kind}", blocks))
        facts = counted.facts
        summary = DeriveSummary(
            edges[CO_PURCHASED], edges[FOLLOWED_BY], self.as_of, facts.cut
        )
        result = DerivedFiles(
            self.into,
            summary,
            facts.events,
            int(counted.numbers[-len(PAIRS) :].sum()),
            self.name,
            counted.kept is not None,
            self.found.added,
        )
        return self._finish(shards[0].folder, counted, result)

    def _counted(self, shards: list[Shard], at_work: Workers) -> _Counted:
        """All events counted."""
        work = [
            Work(read_shard, (s, self.found, self.config, self.as_of, self.counts))
            for s in shards
        ]
        at_work.do("Reading parts", work)
        facts = _added(shards)
        plan = self._plan(facts.of_some(), self.counts)
        given = [Work(count_shard, (s, plan, self.sharding.rows)) for s in shards]
        at_work.do("Counting pairs", given)
        numbers = _numbers(shards, plan)
        bounds = {kind: self._bounds(kind, numbers) for kind in PAIRS}
        return _Counted(facts, plan, numbers, bounds, self.counts)

    def _renewed(
        self, kept: KeptSums, shards: list[Shard], at_work: Workers
    ) -> _Counted | None:
        """What is new counted, where this is enough."""
        seen = set(kept.files)
        files = [p for p in self.found.event_files if file_of(p) not in seen]
        counts = counts_of(self.kinds, kinds_in(files) | set(kept.counts))
        if not kept.counts.items() <= counts.items():
            return None
        n_items = len(self.found.item_ids_in_order)
        renewed = [Renewed(shard, kept, self.as_of) for shard in shards]
        work = [Work(add_events, (r, self.found, n_items, counts)) for r in renewed]
        facts = kept.facts
        for old, new in at_work.do("Reading what is new", work):
            facts = facts.changed(old, new)
        before, plan = kept.plan, self._plan(facts, counts)
        if not kept.leads_to(plan):
            return None
        given = [
            Work(count_renewed, (s, before, plan, self.sharding.rows)) for s in shards
        ]
        at_work.do("Counting what is new", given)
        numbers = _numbers(shards, plan, kept)
        bounds = {k: [*b[:-1], plan.n_items] for k, b in kept.bounds.items()}
        return _Counted(facts, plan, numbers, bounds, counts, kept)

    def _kept(self) -> KeptSums | None:
        """What is kept, where it was counted in the same way, and of what is here."""
        kept = KeptSums.found_in(self.into / "kept") if self.sharding.keep else None
        if kept is None:
            return None
        later = self.as_of is None or (
            kept.as_of is not None and kept.as_of <= self.as_of
        )
        asked = (self.config, self.sharding.shards, self.found.parts)
        same = asked == (kept.config, kept.shards, kept.parts)
        return kept if later and same and kept.holds(self.found) else None

    def _plan(self, facts: Facts, counts: Mapping[str, float]) -> Plan:
        return plan_of(facts, self.config, counts, exact=self.sharding.keep)

    def _bounds(self, kind: str, numbers: Sums) -> list[int]:
        sizes = numbers[NUMBERS.index(f"pairs_{kind}")]
        block = np.cumsum(sizes) // self.sharding.rows
        return [*np.flatnonzero(np.diff(block, prepend=-1)).tolist(), len(sizes)]

    def _blocks(self, kind: str, counted: _Counted, shards: list[Shard]) -> list[Work]:
        bounds = counted.bounds[kind]
        files = [pieces(shard.counts_file, PAIRS[kind], bounds) for shard in shards]
        work, kept = shards[0].folder, counted.kept
        parts = self._blocks_folder(work, kind)
        aged = counted.aged if kind == FOLLOWED_BY else 1.0
        items = zip(pairwise(bounds), zip(*files, strict=True), strict=True)
        blocks = (
            ItemBlock(
                kind, first, end, counts, work / "numbers.npy",
                parts / f"part-{n:05d}.parquet",
                sums_file(parts / "sums", kind, n) if self.sharding.keep else None,
                kept.sums_file(kind, n) if kept else None,
                aged,
            )
            for n, ((first, end), counts) in enumerate(items)
        )  # fmt: skip
        sizes = counted.numbers[NUMBERS.index(f"pairs_{kind}")]
        return [
            Work(add_block, (b, counted.plan, self.found), float(sizes[b.first : b.end].sum()))
            for b in blocks
        ]  # fmt: skip

    def _blocks_folder(self, work: Path, kind: str) -> Path:
        """With other memory the blocks are others."""
        return work / f"{kind}-{self.sharding.rows}"

    def _finish(
        self, work: Path, counted: _Counted, result: DerivedFiles
    ) -> DerivedFiles:
        numbers = np.load(work / "numbers.npy")
        ids = self.found.item_ids_in_order
        (self.into / "derived.json").unlink(missing_ok=True)
        if self.sharding.keep:
            self._keep(work, counted)
        with whole(self.into / "items.parquet") as path:
            pl.DataFrame({"id": ids, **scores(numbers)}).write_parquet(path)
        for kind in PAIRS:
            shutil.rmtree(self.into / kind, ignore_errors=True)
            self._blocks_folder(work, kind).rename(self.into / kind)
        result.tell()
        shutil.rmtree(work, ignore_errors=True)
        return result

    def _keep(self, work: Path, counted: _Counted) -> None:
        """Put what is kept of this in place of what was."""
        beside = work / "kept"
        beside.mkdir(exist_ok=True)
        sums = [self._blocks_folder(work, kind) / "sums" for kind in PAIRS]
        for path in (
            *work.glob("events-*.arrow"),
            *work.glob("users-*.parquet"),
            *(path for folder in sums for path in folder.iterdir()),
        ):
            path.rename(beside / path.name)
        for folder in sums:
            folder.rmdir()
        files = [file_of(path) for path in self.found.event_files]
        KeptSums(
            beside,
            self.config,
            counted.counts,
            self.as_of,
            self.sharding.shards,
            self.found.parts,
            files,
            counted.bounds,
        ).write(counted.facts, counted.numbers, self.found)
        put_in_place(beside, self.into / "kept")


@dataclass(frozen=True)
class _Counted:
    """What was counted, or of `kept` what is new; the numbers are of all."""

    facts: Facts
    plan: Plan
    numbers: Sums
    bounds: Mapping[str, Sequence[int]]
    counts: Mapping[str, float]
    kept: KeptSums | None = None

    @property
    def aged(self) -> float:
        return aged(self.kept.plan, self.plan) if self.kept else 1.0


def _added(shards: list[Shard]) -> Facts:
    """The facts of all shards, which are held one at a time."""
    each = (read_facts(shard.facts_file)[0] for shard in shards)
    return reduce(add, each)


def _numbers(shards: list[Shard], plan: Plan, kept: KeptSums | None = None) -> Sums:
    """The numbers of all items (N, I), which are written too."""
    counted = (b for s in shards for b in batches(s.counts_file))
    numbers = added_numbers(counted, plan.n_items)
    if kept is not None:
        numbers = renewed_numbers(kept.numbers, numbers, aged(kept.plan, plan))
    with whole(shards[0].folder / "numbers.npy") as path, path.open("wb") as file:
        np.save(file, numbers)
    return numbers
