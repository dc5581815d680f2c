"""Deriving out of core against deriving in memory: processor time, memory, pairs.

    python -m benchmarks.sharded FOLDER --events 1e6 [--basket 1] [--in-memory]
                                   [--csv docs/scale.csv] [--keep]

Generates the events where FOLDER does not have them. A line for each step: seconds of
processor time of this process and those it started, and the peak of their memory together
(what they share counted once). With --csv the steps come into a table, which
`benchmarks/growth.py` draws. With --keep the last hundredth of the events is taken out,
the rest derived from with its sums kept, then that hundredth is added and derived anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import typer

from basketweave import connect
from basketweave.graph.derive import derive
from basketweave.graph.sharded import add_to_parts, read_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.tables import Tables
from basketweave.loaders.generate import Generated, generate
from benchmarks.costs import Costs, Steps


def main(
    folder: Path,
    events: float = 1e6,
    basket: float = 3,
    processes: int = 2,
    memory: int = 2_000,
    shards: int | None = None,
    in_memory: bool = False,
    csv: Path | None = None,
    keep: bool = False,
) -> None:
    """Print what each step costs."""
    steps, costs = Steps(), Costs()
    if not (folder / "tables.json").exists():
        with costs.measured("generate"):
            generate(Generated(events=round(events), basket=basket), folder)
    sharding = Sharding(shards=shards, processes=processes, memory_mb=memory)
    if keep:
        _next_day(folder, sharding, costs)
        return
    shutil.rmtree(folder / "derived", ignore_errors=True)
    with costs.measured("derive in shards"):
        found = derive_parts(folder, sharding, progress=steps)
    steps.tell()
    costs.steps |= {step: (seconds, None) for step, seconds in steps.seconds.items()}
    print(f"{found.events:,} events, {found.pairs:,} sums of pairs, {found.summary}")
    if in_memory:
        _in_memory(folder, costs)
    if csv is not None:
        costs.into(csv, events, basket=basket, pairs=found.pairs)


def _next_day(folder: Path, sharding: Sharding, costs: Costs) -> None:
    """Without the last hundredth of the events, in a folder beside; then with it."""
    beside = folder.with_name(f"{folder.name}-until-yesterday")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside, ignore=lambda *_: ["derived"])
    events = pl.scan_parquet(folder / "events/*.parquet")
    late = (
        pl.col("time") > events.select(pl.col("time").quantile(0.99)).collect().item()
    )
    for path in (beside / "events").iterdir():
        pl.read_parquet(path).filter(~late).write_parquet(path)
    day = events.filter(late).collect()
    tables = Tables("day", day.select(id="user").unique(), _items(folder, day), day)
    keeping = sharding.model_copy(update={"keep": True})
    for what, which in (
        ("derive, nothing kept", sharding),
        ("and its sums kept", keeping),
    ):
        with costs.measured(what):
            derive_parts(beside, which)
    with costs.measured("add a hundredth"):
        add_to_parts(tables, beside)
    steps = Steps()
    with costs.measured("derive, what is new"):
        found = derive_parts(beside, keeping, progress=steps)
    steps.tell()
    print(f"{found.events:,} events, {found.pairs:,} sums of pairs, {found.summary}")


def _items(folder: Path, day: pl.DataFrame) -> pl.DataFrame:
    named = day["item"].unique().implode()
    return pl.read_parquet(folder / "items.parquet").filter(pl.col("id").is_in(named))


def _in_memory(folder: Path, costs: Costs) -> None:
    path = folder.with_suffix(".lbug")
    path.unlink(missing_ok=True)
    with connect(path) as store:
        with costs.measured("load"):
            store.load(read_parts(str(folder)))
        with costs.measured("derive in memory"):
            summary = derive(store)
        print(summary)
        with costs.measured("derived files into that store"):
            print(derive_parts(folder).into(store))


if __name__ == "__main__":
    typer.run(main)
