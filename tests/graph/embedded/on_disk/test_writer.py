"""Writes to the embedded store that fail, are stopped, killed, or find a full disk."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.errors import NotFoundError, SchemaError, StoreError
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.derive import derive
from basketweave.graph.embedded import LadybugStore
from basketweave.graph.embedded.on_disk.following import Following
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

RING = pl.DataFrame({"src": list("abcdef"), "dst": list("bcdefa")})


def test_a_failed_write_leaves_the_state_before(
    path: Path, checkerboard: Tables
) -> None:
    bad = checkerboard.events.with_columns(
        kind=pl.when(pl.col("item") == "f").then(pl.lit("STOLE")).otherwise("kind"),
        time=pl.col("time") + 1,
    )
    tables = Tables(
        "bad", checkerboard.users, checkerboard.items.with_columns(price=9.0), bad
    )
    with LadybugStore(path) as store:
        with pytest.raises(SchemaError):
            store.load(tables)
        assert len(store.export().events["PURCHASED"]) == 16
        prices = store.run("MATCH (i:Item) RETURN max(i.price) AS price")
        assert prices["price"].to_list() == [6.0]
        assert store.load(checkerboard).already_there == 16


def test_writes_that_belong_together_stand_or_fall_together(
    path: Path, checkerboard: Tables
) -> None:
    edges = RING.with_columns(support=pl.lit(1), weight=pl.lit(1.0))
    with LadybugStore(path) as store:
        before = store.dataset()

        def fails_at_the_end() -> None:
            with store.together():
                store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
                assert store.run("MATCH ()-[r:FOLLOWED_BY]->() RETURN r").height == 6
                store.rollback("gat")

        with pytest.raises(NotFoundError):
            fails_at_the_end()
        assert store.dataset() == before
        assert store.run("MATCH ()-[r:FOLLOWED_BY]->() RETURN r").height == 0
        with store.together():
            store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
            store.load(checkerboard)
    with LadybugStore(path, read_only=True) as store:
        assert store.run("MATCH ()-[r:FOLLOWED_BY]->() RETURN r").height == 6


def test_a_failure_that_was_caught_does_not_make_half_of_them_stand(path: Path) -> None:
    edges = RING.with_columns(support=pl.lit(1), weight=pl.lit(1.0))
    with LadybugStore(path) as store:

        def goes_on_after_a_failure() -> None:
            with store.together():
                with pytest.raises(NotFoundError):
                    store.rollback("gat")
                store.write_item_edges("FOLLOWED_BY", edges, as_of=None)

        with pytest.raises(StoreError, match="Do all of them again"):
            goes_on_after_a_failure()
        store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
        assert store.run("MATCH ()-[r:FOLLOWED_BY]->() RETURN r").height == 6


def test_a_failure_that_was_caught_last_is_told_at_the_end(path: Path) -> None:
    edges = RING.with_columns(support=pl.lit(1), weight=pl.lit(1.0))
    with LadybugStore(path) as store:

        def ends_with_a_failure() -> None:
            with store.together():
                store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
                with pytest.raises(NotFoundError):
                    store.rollback("gat")

        with pytest.raises(StoreError, match="Do all of them again"):
            ends_with_a_failure()
        assert store.run("MATCH ()-[r:FOLLOWED_BY]->() RETURN r").height == 0


@pytest.mark.parametrize("windows", [False, True])
def test_what_is_read_in_one_state_stays_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool
) -> None:
    """Also where a file that is open cannot be replaced, and the write waits."""
    monkeypatch.setattr("basketweave.graph.embedded.on_disk.file.WINDOWS", windows)
    edges = RING.with_columns(support=pl.lit(1), weight=pl.lit(1.0))
    count = "MATCH ()-[r:FOLLOWED_BY]->() RETURN count(*) AS n"
    with LadybugStore(path) as store:
        writer = threading.Thread(
            target=lambda: store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
        )
        with store.one_state():
            before = store.dataset()
            writer.start()
            writer.join(0.5 if windows else None)
            assert store.dataset() == before
            assert store.run(count)["n"].to_list() == [0]
        writer.join()
        assert store.dataset() != before
        assert store.run(count)["n"].to_list() == [6]


@pytest.mark.parametrize("windows", [False, True])
def test_what_a_failed_write_saw_does_not_pass_for_what_stands(
    path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool
) -> None:
    monkeypatch.setattr("basketweave.graph.embedded.on_disk.file.WINDOWS", windows)
    edges = RING.with_columns(support=pl.lit(1), weight=pl.lit(1.0))
    inside = []
    with LadybugStore(path) as store:

        def write() -> None:
            with store.together():
                store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
                inside.append(store.changes)

        before = store.dataset()
        with monkeypatch.context() as patch:
            patch.setattr(Following, "replace", _fail)
            with pytest.raises(StoreError, match="on purpose"):
                write()
        assert store.changes not in inside
        assert store.dataset() == before


def test_requests_beside_a_writer_are_all_answered(path: Path) -> None:
    failed: list[Exception] = []
    stop = threading.Event()
    with LadybugStore(path) as store:
        derive(store)
        client = Recommender(store)

        def ask() -> None:
            while not stop.is_set():
                try:
                    client.recommend("ann", 3, known="any")
                    client.similar("a", 2)
                except Exception as error:  # noqa: BLE001 - none is right
                    failed.append(error)

        readers = [threading.Thread(target=ask) for _ in range(3)]
        for reader in readers:
            reader.start()
        for n in range(6):
            more = pl.DataFrame({"id": [f"{n}{k}" for k in range(30)]})
            events = more.select(
                user=pl.lit("ann"), item="id", time=pl.lit(n + 10 * 86_400, pl.Int64)
            ).with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(1.0))
            named = more.with_columns(title="id")
            store.load(Tables("more", pl.DataFrame({"id": ["ann"]}), named, events))
            derive(store)
        stop.set()
        for reader in readers:
            reader.join()
    assert failed == []


def test_readers_in_other_threads_see_whole_states(path: Path) -> None:
    seen: set[tuple[int, float, float]] = set()
    stop = threading.Event()

    with LadybugStore(path) as store:

        def read() -> None:
            while not stop.is_set():
                found = store.run(
                    "MATCH ()-[r:FOLLOWED_BY]->() RETURN count(*) AS n, "
                    "min(r.weight) AS low, max(r.weight) AS high"
                )
                seen.add(found.row(0))

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for k in range(4):
            edges = RING.with_columns(support=pl.lit(1), weight=pl.lit(float(k)))
            store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
        stop.set()
        for reader in readers:
            reader.join()
    assert all(n in (0, 6) and low == high for n, low, high in seen)


def _edges(n: int, weight: float) -> pl.DataFrame:
    """A ring of `n` items, with twenty chords from each."""
    here = np.repeat(np.arange(n), 20)
    there = (here + np.tile(np.arange(1, 21), n)) % n
    frame = pl.DataFrame({"src": here, "dst": there}).cast(pl.String)
    return frame.with_columns(support=pl.lit(1), weight=pl.lit(weight))


# Long enough to be killed in: the kill comes from outside, at any moment of a COMMIT.
_WORK = """
import sys, time
import numpy as np
import polars as pl
from basketweave.graph import ModelCard, Vectors, connect, unit
from basketweave.graph.embedded.connection import Session
from basketweave.graph.tables import Tables

path, work = sys.argv[1:]
numbers = np.arange(10_000)
ids = pl.Series(numbers.astype(str).tolist())

def load(store):
    events = pl.DataFrame({"user": ids.sample(200_000, with_replacement=True, seed=0)})
    events = events.with_columns(
        item=pl.col("user").reverse(), time=pl.int_range(pl.len()),
        kind=pl.lit("PURCHASED"), value=pl.lit(1.0),
    )
    nodes = pl.DataFrame({"id": ids, "title": ids})
    store.load(Tables("many", nodes.select("id"), nodes, events))

def publish(store):
    rows = unit(np.random.default_rng(1).normal(size=(len(ids), 32)))
    store.publish(Vectors(ModelCard("gat", seed=2), ids, ids, rows, rows))

def edges(store):
    here = np.repeat(numbers, 20)
    there = (here + np.tile(np.arange(1, 21), len(numbers))) % len(numbers)
    frame = pl.DataFrame({"src": here, "dst": there}).cast(pl.String)
    frame = frame.with_columns(support=pl.lit(1), weight=pl.lit(2.0))
    store.write_item_edges("FOLLOWED_BY", frame, as_of=None)

execute = Session.do
def told(self, statement, *parameters):
    if statement == "COMMIT":
        print("commit", flush=True)
    execute(self, statement, *parameters)

with connect(path) as store:
    Session.do = told
    {"load": load, "publish": publish, "edges": edges}[work](store)
    print("done", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store with ten thousand users and items, edges, and live vectors."""
    ids = pl.Series([str(n) for n in range(10_000)])
    nodes = pl.DataFrame({"id": ids, "title": ids})
    events = pl.DataFrame(
        {"user": ["1"], "item": ["1"], "time": [1], "kind": ["VIEWED"], "value": [1.0]}
    )
    rows = unit(np.random.default_rng(0).normal(size=(10_000, 32)))
    path = tmp_path_factory.mktemp("made") / "large.lbug"
    with LadybugStore(path) as store:
        store.load(Tables("large", nodes.select("id"), nodes, events))
        store.publish(Vectors(ModelCard("gat", seed=1), ids, ids, rows, rows))
        store.write_item_edges("FOLLOWED_BY", _edges(10_000, 1.0), as_of=None)
    return path


@pytest.fixture
def large(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    return Path(shutil.copy(made, tmp_path))


@pytest.mark.parametrize("seconds", [0.0, 0.05])
@pytest.mark.parametrize("work", ["load", "publish", "edges"])
def test_killed_during_a_commit_it_is_the_state_before_or_after(
    large: Path, work: str, seconds: float
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WORK, str(large), work],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "commit\n"
    time.sleep(seconds)
    process.kill()
    process.communicate()
    with LadybugStore(large) as store:
        graph = store.export(kinds=["PURCHASED"], relations=["FOLLOWED_BY"])
        weights = graph.edges["Item", "FOLLOWED_BY", "Item"].columns["weight"]
        assert len(weights) == 200_000
        assert weights.min() == weights.max()
        assert len(store.vectors("gat").items) == 10_000
        assert len(graph.events["PURCHASED"]) in (0, 200_000)
        store.write_item_edges("FOLLOWED_BY", _edges(10_000, 3.0), as_of=None)
        store.publish(store.vectors("gat"), keep=1)
        assert len(store.vectors("gat").items) == 10_000


def test_ctrl_c_stops_a_load_and_leaves_the_state_before(path: Path) -> None:
    random = np.random.default_rng(0)
    events = pl.DataFrame(
        {
            "user": random.integers(0, 2_000, 500_000),
            "item": random.integers(0, 20_000, 500_000),
            "time": np.arange(500_000),
        }
    ).with_columns(
        pl.col("user", "item").cast(pl.String),
        kind=pl.lit("PURCHASED"),
        value=pl.lit(1.0),
    )
    tables = Tables(
        "many",
        events.select(id=pl.col("user").unique()),
        events.select(id=pl.col("item").unique(), title=pl.lit(None, pl.String)),
        events,
    )
    with LadybugStore(path) as store:
        threading.Timer(0.3, signal.raise_signal, (signal.SIGINT,)).start()
        with pytest.raises(KeyboardInterrupt):
            store.load(tables)
        assert store.export().shape == (5, 6)
        assert store.load(tables).events == 500_000


_ON_A_FULL_DISK = """
import resource, sys
from basketweave.errors import StoreError
from basketweave.graph import connect
from basketweave.graph.tables import Tables
import polars as pl
ids = pl.DataFrame({"id": [str(n) * 9 for n in range(100_000)]})
tables = Tables("many", ids, ids.with_columns(title="id"), pl.DataFrame(schema={
    "user": pl.String, "item": pl.String, "time": pl.Int64, "kind": pl.String,
    "value": pl.Float64}))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
with connect(sys.argv[1]) as store:
    for attempt in (lambda: store.load(tables), store.export):
        try:
            print(attempt().shape)
        except StoreError as error:
            print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on files")
def test_a_full_disk_is_told_and_leaves_the_state_before(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_FULL_DISK, str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    full, still = done.stdout.splitlines()
    assert "Free some room" in full
    assert "committed" not in full
    assert still == "(5, 6)"
    with LadybugStore(path) as store:
        assert store.export().shape == (5, 6)


def test_a_broken_off_version_is_cleaned_up_by_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = unit(np.ones((6, 4)))
    users = pl.Series(["ann", "bob", "cat", "dan", "eve"])
    items = pl.Series(list("abcdef"))
    given = Vectors(ModelCard("gat"), users, items, rows[:5], rows)
    with LadybugStore(path) as store:
        with monkeypatch.context() as patch:
            patch.setattr("basketweave.graph.embedded.models.publish.make_live", _fail)
            with pytest.raises(StoreError, match="on purpose"):
                store.publish(given)
        assert store.models() == []
        store.publish(given)
        tables = store.run("CALL show_tables() RETURN name")["name"]
        assert sorted(name for name in tables if "Vector" in name) == [
            "ItemVector_gat_v1",
            "UserVector_gat_v1",
        ]


def _fail(*_: object) -> None:
    raise StoreError("Failed on purpose.")
