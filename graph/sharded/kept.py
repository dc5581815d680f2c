"""What is kept of a derivation, so that the next one counts only what is new.

FOLDER/derived/kept/kept.json            what was counted, and how; written last
FOLDER/derived/kept/facts.npz, numbers.npy, items.parquet
FOLDER/derived/kept/events-….arrow, users-….parquet      of each shard
FOLDER/derived/kept/CO_PURCHASED-….arrow, …              sums of pairs, by blocks of items
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import polars as pl

from basketweave.graph.derive.derive import DeriveConfig
from basketweave.graph.derive.facts import Facts, Plan
from basketweave.graph.derive.rows import Sums
from basketweave.graph.schema import EVENT_KINDS
from basketweave.graph.sharded.counts import plan_of
from basketweave.graph.sharded.facts_files import read_facts, write_facts
from basketweave.graph.sharded.folder import PartsFolder
from basketweave.whole import whole

FORMAT = (2, pl.__version__, *EVENT_KINDS)  # polars: how it hashes ids may become other

File = tuple[str, int, int]


def file_of(path: Path) -> File:
    """Another where the file is another: its name, size and time."""
    found = path.stat()
    return path.name, found.st_size, found.st_mtime_ns


@dataclass(frozen=True)
class KeptSums:
    """How what is kept was counted.

    files    of events, as they were
    bounds   by kind, at which items the blocks begin, and the last ends
    """

    folder: Path
    config: DeriveConfig
    counts: Mapping[str, float]
    as_of: int | None
    shards: int | None
    parts: int
    files: Sequence[File]
    bounds: Mapping[str, Sequence[int]]

    @classmethod
    def found_in(cls, folder: Path) -> KeptSums | None:
        """What is kept there; None where nothing is, or nothing that can be used."""
        try:
            said = json.loads((folder / "kept.json").read_text(encoding="utf-8"))
            if said.pop("format") != list(FORMAT):
                return None
            said["config"] = DeriveConfig(**said["config"])
            said["files"] = [tuple(one) for one in said["files"]]
            return cls(folder, **said)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, facts: Facts, numbers: Sums, found: PartsFolder) -> None:
        """Write what is said here into its folder, where the other files are."""
        write_facts(self.folder / "facts.npz", facts)
        with whole(self.folder / "numbers.npy") as path, path.open("wb") as file:
            np.save(file, numbers)
        with whole(self.folder / "items.parquet") as path:
            pl.DataFrame({"id": found.item_ids_in_order}).write_parquet(path)
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        del said["folder"]
        said |= {"format": FORMAT, "config": self.config.model_dump(mode="json")}
        with whole(self.folder / "kept.json") as path:
            path.write_text(json.dumps(said), encoding="utf-8")

    @property
    def fingerprint(self) -> str:
        """Another where something else is kept."""
        said = (self.folder / "kept.json").stat()
        return f"{said.st_mtime_ns:x}"

    @property
    def facts(self) -> Facts:
        """Of all events that were counted."""
        (found,) = read_facts(self.folder / "facts.npz")
        return found

    @property
    def numbers(self) -> Sums:
        """Of all items, (N, I)."""
        found: Sums = np.load(self.folder / "numbers.npy")
        return found

    @property
    def plan(self) -> Plan:
        """By which it was counted."""
        return plan_of(self.facts, self.config, self.counts, exact=True)

    def sums_file(self, kind: str, block: int) -> Path:
        """The sums of a block of items."""
        return sums_file(self.folder, kind, block)

    def holds(self, found: PartsFolder) -> bool:
        """Whether the folder has the files and items that were counted, and maybe more."""
        there = {file_of(path) for path in found.event_files}
        ids, now = pl.read_parquet(self.folder / "items.parquet")["id"], found
        first = now.item_ids_in_order.head(len(ids))
        return there.issuperset(self.files) and first.equals(ids)

    def leads_to(self, plan: Plan) -> bool:
        """Whether sums of this plan become sums of that one by what is new alone."""
        mine = self.plan
        same = ["together", "by_user", "most", *(() if plan.together else ("gaps",))]
        usual = plan.usual[: mine.n_items]
        return (
            all(getattr(mine, name) == getattr(plan, name) for name in same)
            and bool((usual | ~mine.usual).all())
            and plan.n_items
            < 1.2 * mine.n_items + 100  # new ones are of the last block
        )


def sums_file(folder: Path, kind: str, block: int) -> Path:
    """Where the sums of a block of items are, in a folder."""
    return folder / f"{kind}-{block:05d}.arrow"


def put_in_place(new: Path, kept: Path) -> None:
    """Have `new`, which is whole, in place of what was kept."""
    shutil.rmtree(kept, ignore_errors=True)
    new.rename(kept)
