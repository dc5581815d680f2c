"""A first load into a private Neo4j: by its own importer against Bolt, in one run.

    python -m benchmarks.bulk FOLDER [--events 1e6] [--heap 2g] [--bolt 1e6 | --bolt 0]
                                [--csv docs/scale.csv]

Generates events as Parquet parts, derives from them, and brings both into two new servers,
whose first start counts. A line for each way and for each step of the importer's: processor
time and memory of this process, Java's importer and the server. With --bolt so many events
go over Bolt, in place of all; with 0 none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from basketweave import connect
from basketweave.graph import GraphStore
from basketweave.graph.sharded import PartsFolder, read_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.derived_files import DerivedFiles
from basketweave.graph.sharded.settings import Sharding
from basketweave.loaders.bulk import bulk_load, read_bulk
from basketweave.loaders.generate import Generated, generate
from basketweave.neo4j_server import Neo4jServer
from basketweave.progress import Advance
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
    derived(folder / "parts", events)
    costs = Costs()
    with home(folder / "bulk") as server:
        with costs.measured("bulk"):
            source = read_bulk(f"parquet:{folder / 'parts'}")
            bulk_load(source, server, heap=heap, progress=EachStep(costs))
        imported = counts(server)
        print(f"{imported}, {gigabytes(server.home):.2f} GB on disk", flush=True)
    if csv is not None:
        costs.into(csv, events, names={"bulk": "bulk load into Neo4j"})
    if bolt != 0:
        written = over_bolt(folder, bolt or events, heap, costs)
        if csv is not None:
            costs.into(csv, bolt or events, names={"Bolt": "the same over Bolt"})
        if bolt is None:
            print("counts equal" if imported == written else f"others: {written}")


def over_bolt(folder: Path, events: float, heap: str, costs: Costs) -> dict[str, int]:
    """Load as many events over Bolt, and what is derived; how many there are then."""
    parts = folder / ("parts" if counted(folder / "parts", events) else "part")
    found = derived(parts, events)
    with home(folder / "bolt") as server:
        with costs.measured("Bolt"):
            server.start(heap=heap)
            with opened(server) as store:
                store.load(read_parts(str(parts)))
                found.into(store)
        return counts(server)


class EachStep:
    """Progress that prints what each step costs."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        with self.costs.measured(f"  {description}"):
            yield lambda _: None


def derived(parts: Path, events: float) -> DerivedFiles:
    """What is derived of so many events, which are generated where they are not there."""
    if not counted(parts, events):
        generate(Generated(events=round(events)), parts)
    return derive_parts(parts, Sharding(memory_mb=2_000))


def counted(parts: Path, events: float) -> bool:
    """Whether so many events are there."""
    if not (parts / "tables.json").exists():
        return False
    return PartsFolder.open(parts).events == round(events)


def gigabytes(folder: Path) -> float:
    """What its files take."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e9


@contextmanager
def home(folder: Path) -> Iterator[Neo4jServer]:
    """A server that never was started; it is stopped and deleted afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    server = Neo4jServer(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


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


if __name__ == "__main__":
    typer.run(main)
