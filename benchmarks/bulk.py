"""A first load into a private Neo4j: by its own importer against Bolt, in one run.

    python -m benchmarks.bulk FOLDER [--events 1e6] [--heap 2g] [--bolt 1e6]
                                [--csv docs/scale.csv]

Generates events, derives from them, and brings both into two new servers. A line for
each way: seconds, and processor time of this process, Java's importer and the server.
With --bolt so many events go over Bolt, in place of all.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import typer

from basketweave import connect
from basketweave.graph import GraphStore
from basketweave.graph.neo4j.bulk.files import DerivedTables
from basketweave.graph.schema import DERIVED
from basketweave.graph.sharded import read_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.derived_files import DerivedFiles
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.tables import Tables
from basketweave.loaders.bulk import bulk_load
from basketweave.loaders.generate import Generated, generate
from basketweave.neo4j_server import Neo4jServer
from benchmarks.costs import Costs

COUNTS = """
    MATCH ()-[r]->() RETURN type(r) AS what, count(*) AS n
    UNION ALL
    MATCH (n) WHERE NOT n:Lock UNWIND labels(n) AS what RETURN what, count(*) AS n
"""


def main(
    folder: Path,
    events: float = 1e6,
    heap: str = "1g",
    bolt: float | None = None,
    csv: Path | None = None,
) -> None:
    """Print what both ways cost, and whether they counted the same."""
    tables, found = generated(folder / "parts", events)
    edges = {kind: found.edges(kind) for kind in DERIVED}
    derived = DerivedTables(edges, found.scores())
    costs = Costs()
    with running(folder / "bulk", heap) as server:
        with measured("bulk", server, costs):
            bulk_load(tables, server, derived, heap=heap)
        imported = counts(server)
        print(f"{imported}, {gigabytes(server.home):.2f} GB on disk", flush=True)
    if bolt is not None:
        tables, found = generated(folder / "part", bolt)
    with running(folder / "bolt", heap) as server:
        with measured("Bolt", server, costs), opened(server) as store:
            store.load(tables)
            found.into(store)
        written = counts(server)
    if bolt is None:
        print("counts equal" if imported == written else f"counts differ: {written}")
    if csv is not None:
        costs.into(csv, events, names={"bulk": "bulk load into Neo4j"})
        costs.into(csv, bolt or events, names={"Bolt": "the same over Bolt"})


def generated(parts: Path, events: float) -> tuple[Tables, DerivedFiles]:
    """So many events, and what is derived from them."""
    if not (parts / "tables.json").exists():
        generate(Generated(events=round(events)), parts)
    return read_parts(str(parts)), derive_parts(parts, Sharding(memory_mb=2_000))


def gigabytes(folder: Path) -> float:
    """What its files take."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e9


@contextmanager
def running(home: Path, heap: str) -> Iterator[Neo4jServer]:
    """A new server, which is stopped and deleted afterwards."""
    shutil.rmtree(home, ignore_errors=True)
    server = Neo4jServer(home)
    server.start(heap=heap)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def counts(server: Neo4jServer) -> dict[str, int]:
    """How many nodes of each label and relationships of each type there are."""
    with opened(server) as store:
        return dict(sorted(store.run(COUNTS).iter_rows()))


@contextmanager
def opened(server: Neo4jServer) -> Iterator[GraphStore]:
    """The store on this server, which runs."""
    info = server.status()
    assert info is not None
    with connect(info.bolt_uri, user=info.user, password=info.password) as store:
        yield store


@contextmanager
def measured(what: str, server: Neo4jServer, costs: Costs) -> Iterator[None]:
    """Print the seconds and the processor time that a way took."""
    wall, spent = time.time(), _spent(server)
    pid = _pid(server)
    yield
    after = _spent(server)
    # A server that was started anew has spent nothing before.
    used = after[0] - spent[0] + after[1] - (spent[1] if _pid(server) == pid else 0)
    costs.steps[what] = used, None
    print(
        f"{what:6s} {time.time() - wall:7.1f} s, {used:7.1f} s of processor time",
        flush=True,
    )


def _spent(server: Neo4jServer) -> tuple[float, float]:
    ours = psutil.Process().cpu_times()
    theirs = psutil.Process(_pid(server)).cpu_times()
    children = ours.children_user + ours.children_system
    return ours.user + ours.system + children, theirs.user + theirs.system


def _pid(server: Neo4jServer) -> int:
    info = server.status()
    assert info is not None
    return info.pid


if __name__ == "__main__":
    typer.run(main)
