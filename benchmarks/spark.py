"""Deriving on a real standalone Spark cluster: one master, two workers, on loopback.

    python -m benchmarks.spark FOLDER --events 1e7 [--shards 64] [--kill 20]
                               [--csv docs/scale.csv]

Generates the events where FOLDER does not have them. Each worker has one core and 3 GB.
Processor time and peak of memory of all processes; then the result beside that of
`derive --events`. With --kill one worker is killed (-9) so many seconds after it starts
to count, and the result has to be the same.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import psutil
import pyspark
import typer

from basketweave.graph.schema import DERIVED
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.derived_files import DerivedFiles
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.sharded.spark_derive import derive_on_spark
from basketweave.loaders.generate import Generated, generate
from benchmarks.costs import Costs, Steps

HERE = "127.0.0.1"
CLASS = Path(pyspark.__file__).parent / "bin/spark-class"
PATIENCE = 900
"""Seconds of silence after which a process counts as lost. With Spark's own 60 and 120 a
machine that is busy, or stands still for a while, loses executors that nobody killed. A
worker that is killed is noticed at once all the same: its connection ends."""
A_SHARD = 150_000
"""Events of a shard where none is asked for."""


def main(
    folder: Path,
    events: float = 1e6,
    shards: int | None = None,
    kill: float | None = None,
    csv: Path | None = None,
) -> None:
    """Print what it costs, and whether the result is that of shards."""
    if not (folder / "tables.json").exists():
        generate(Generated(events=round(events)), folder)
    patient = f"-Dspark.worker.timeout={PATIENCE} -Dspark.network.timeout={PATIENCE}s"
    os.environ |= {
        "SPARK_LOCAL_IP": HERE,
        "POLARS_MAX_THREADS": "1",
        "SPARK_DAEMON_JAVA_OPTS": patient,
    }
    given = {
        "executor.memory": "2g",
        "driver.host": HERE,
        "ui.enabled": "false",
        "ui.showConsoleProgress": "false",
        "network.timeout": f"{PATIENCE}s",
        "executor.heartbeatInterval": "60s",
    }
    shards = shards or max(round(events / A_SHARD), 4)
    words = (f"--conf spark.{name}={value}" for name, value in given.items())
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"{' '.join(words)} pyspark-shell"
    shutil.rmtree(folder / "derived", ignore_errors=True)
    costs = Costs()
    with TemporaryDirectory() as logs, cluster(Path(logs)) as (master, workers):
        steps = Killing(workers[-1], kill) if kill is not None else Steps()
        with costs.measured("derive on Spark"):
            found = derive_on_spark(str(folder), master, shards=shards, progress=steps)
        print(f"workers at the end: {sum(w.poll() is None for w in workers)}")
    steps.tell()
    edges = {kind: found.edges(kind) for kind in DERIVED}
    print(f"{found.events:,} events, {found.pairs:,} sums of pairs, {found.summary}")
    with costs.measured("derive in shards"):
        wanted = derive_parts(folder, Sharding(memory_mb=2_000))
    compare(edges, wanted)
    if csv is not None:
        costs.into(csv, events, names={"derive on Spark": "derive on Spark"})


class Killing(Steps):
    """Steps that kill a worker in the middle of one."""

    def __init__(self, worker: subprocess.Popen[bytes], after: float) -> None:
        super().__init__()
        self.worker, self.after = worker, after

    @contextmanager
    def task(self, description: str, total: float | None = None):  # type: ignore[no-untyped-def]
        if description == "Counting pairs":
            threading.Timer(self.after, self.worker.kill).start()
        with super().task(description, total) as advance:
            yield advance


@contextmanager
def cluster(logs: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A master and two workers; gives the master's address and the workers."""
    with socket.socket() as one:
        one.bind((HERE, 0))
        port = one.getsockname()[1]
    url = f"spark://{HERE}:{port}"
    common = ("--host", HERE, "--webui-port", "0")
    running = [start("master.Master", logs, *common, "--port", str(port))]
    try:
        answers(port)
        size = ("--cores", "1", "--memory", "3G")
        for n in range(2):
            where = ("--work-dir", str(logs / f"work{n}"))
            running.append(start("worker.Worker", logs, *common, *size, *where, url))
        yield url, running[1:]
    finally:
        for process in running:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, unless it was killed before, and all that it started."""
    if process.poll() is None:
        one = psutil.Process(process.pid)
        for each in (*one.children(recursive=True), one):
            each.terminate()
    process.wait()


def start(name: str, logs: Path, *words: str) -> subprocess.Popen[bytes]:
    """One of Spark's own processes."""
    with (logs / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [str(CLASS), f"org.apache.spark.deploy.{name}", *words],
            stdout=log,
            stderr=log,
        )


def answers(port: int) -> None:
    """Wait until something listens there."""
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex((HERE, port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("The master did not start.")


def compare(edges: dict[str, pl.DataFrame], wanted: DerivedFiles) -> None:
    """How many relationships both have, and by how much weights differ: of the same
    two items, and of the same place in the list of an item."""
    for kind, one in edges.items():
        other = wanted.edges(kind)
        both = one.join(other, on=["src", "dst"], suffix="_")
        lists = [
            edges.select("src", "weight").sort("src", "weight")
            for edges in (one, other)
        ]
        same = lists[0]["src"].equals(lists[1]["src"])
        pairs = _apart(both["weight"], both["weight_"])
        places = _apart(*(each["weight"] for each in lists)) if same else None
        print(
            f"{kind}: {len(one):,}, of them {len(both):,} in both, apart by {pairs:.1e}; "
            f"by place in the lists {'others' if places is None else f'{places:.1e}'}"
        )


def _apart(one: pl.Series, other: pl.Series) -> float:
    largest = (one / other - 1).abs().max()
    assert isinstance(largest, float)
    return largest


if __name__ == "__main__":
    typer.run(main)
