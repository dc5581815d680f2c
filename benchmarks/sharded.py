"""Deriving out of core against deriving in memory: processor time, memory, pairs.

    python benchmarks/sharded.py FOLDER --events 1e6 [--basket 1] [--in-memory]

Generates the events where FOLDER does not have them. A line for each step: seconds of
processor time of this process and those it started, and the peak of their memory together
(what they share counted once).
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import typer

from basketweave import connect
from basketweave.graph.derive import derive
from basketweave.graph.sharded import read_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.settings import Sharding
from basketweave.loaders.generate import Generated, generate


def main(
    folder: Path,
    events: float = 1e6,
    basket: float = 3,
    processes: int = 2,
    memory: int = 2_000,
    shards: int | None = None,
    in_memory: bool = False,
) -> None:
    """Print what each step costs."""
    if not (folder / "tables.json").exists():
        with measured("generate"):
            generate(Generated(events=round(events), basket=basket), folder)
    shutil.rmtree(folder / "derived", ignore_errors=True)
    sharding = Sharding(shards=shards, processes=processes, memory_mb=memory)
    with measured("derive in shards"):
        found = derive_parts(folder, sharding)
    print(f"{found.events:,} events, {found.pairs:,} sums of pairs, {found.summary}")
    if in_memory:
        _in_memory(folder)


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
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    typer.run(main)
