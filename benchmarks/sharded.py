"""Deriving out of core against deriving in memory: processor time, memory, pairs.

    python benchmarks/sharded.py FOLDER --events 1e6 [--basket 1] [--in-memory]
                                 [--csv docs/scale.csv] [--keep]

Generates the events where FOLDER does not have them. A line for each step: seconds of
processor time of this process and those it started, and the peak of their memory together
(what they share counted once). With --csv a row for each step is added to a table, which
`benchmarks/growth.py` draws. With --keep the last hundredth of the events is taken out,
the rest derived from with its sums kept, then that hundredth is added and derived anew.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import psutil
import typer

from basketweave import connect
from basketweave.graph.derive import derive
from basketweave.graph.sharded import add_to_parts, read_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.tables import Tables
from basketweave.loaders.generate import Generated, generate
from basketweave.progress import Advance


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
    steps = Steps()
    if not (folder / "tables.json").exists():
        with measured("generate"):
            generate(Generated(events=round(events), basket=basket), folder, steps)
    if keep:
        _next_day(
            folder, Sharding(shards=shards, processes=processes, memory_mb=memory)
        )
        return
    shutil.rmtree(folder / "derived", ignore_errors=True)
    sharding = Sharding(shards=shards, processes=processes, memory_mb=memory)
    with measured("derive in shards"):
        found = derive_parts(folder, sharding, progress=steps)
    for step, seconds in steps.seconds.items():
        print(f"  {step:50s} {seconds:8.1f} s")
    if csv is not None:
        rows = [
            (round(events), basket, found.pairs, *one) for one in steps.seconds.items()
        ]
        new = not csv.exists()
        with csv.open("a") as file:
            if new:
                file.write("events,basket,sums,step,seconds\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in rows)
    print(f"{found.events:,} events, {found.pairs:,} sums of pairs, {found.summary}")
    if in_memory:
        _in_memory(folder)


def _next_day(folder: Path, sharding: Sharding) -> None:
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
        with measured(what):
            derive_parts(beside, which)
    with measured("add a hundredth"):
        add_to_parts(tables, beside)
    steps = Steps()
    with measured("derive, what is new"):
        found = derive_parts(beside, keeping, progress=steps)
    for step, seconds in steps.seconds.items():
        print(f"  {step:50s} {seconds:8.1f} s")
    print(f"{found.events:,} events, {found.pairs:,} sums of pairs, {found.summary}")


def _items(folder: Path, day: pl.DataFrame) -> pl.DataFrame:
    named = day["item"].unique().implode()
    return pl.read_parquet(folder / "items.parquet").filter(pl.col("id").is_in(named))


def _in_memory(folder: Path) -> None:
    path = folder.with_suffix(".lbug")
    path.unlink(missing_ok=True)
    with connect(path) as store:
        with measured("load"):
            store.load(read_parts(str(folder)))
        with measured("derive in memory"):
            summary = derive(store)
        print(summary)
        with measured("derive in shards, done already, into the same store"):
            print(derive_parts(folder).into(store))


class Steps:
    """Progress that keeps the processor time of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        start = _spent()
        yield lambda _: None
        self.seconds[description] = round(_spent() - start, 2)


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print the processor time that a step took, and the peak of memory."""
    peak, stop = [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(peak, stop))
    watch.start()
    wall, start = time.time(), _spent()
    try:
        yield
    finally:
        stop.set()
        watch.join()
        print(
            f"{what:52s} {_spent() - start:8.1f} s of processor time, "
            f"{time.time() - wall:6.1f} s, {peak[0] / 1e9:5.2f} GB",
            flush=True,
        )


def _watch(peak: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.3):
        with suppress(psutil.Error):
            me = psutil.Process()
            every = [me, *me.children(recursive=True)]
            peak[0] = max(peak[0], sum(p.memory_full_info().pss for p in every))


def _spent() -> float:
    """Of this process and those that it started, also those that still run."""
    me = psutil.Process()
    times = me.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in me.children(recursive=True):
        with suppress(psutil.Error):
            total += child.cpu_times().user + child.cpu_times().system
    return total


if __name__ == "__main__":
    typer.run(main)
