"""The embedded store's file: who may open it, and what happens when things go wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ladybug
import numpy as np
import polars as pl
import pytest

from basketweave.errors import SchemaError, StoreBusyError, StoreError
from basketweave.graph.embedded import LadybugStore
from basketweave.loaders.tables import Tables

Open = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def path(tmp_path: Path, checkerboard: Tables) -> Path:
    """A closed store with the checkerboard."""
    with LadybugStore(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
    return tmp_path / "graph.lbug"


@pytest.fixture
def elsewhere(path: Path) -> Iterator[Open]:
    """Open the store in another process, and keep it open."""
    code = (
        "import sys; from basketweave.graph import connect\n"
        "store = connect(sys.argv[1], read_only=sys.argv[2] == 'reader')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    opened: list[subprocess.Popen[str]] = []

    def start(role: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path), role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        opened.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        return process

    yield start
    for process in opened:
        process.communicate()


@pytest.mark.parametrize("read_only", [False, True])
def test_while_another_process_writes_nobody_else_opens_it(
    path: Path, elsewhere: Open, read_only: bool
) -> None:
    writer = elsewhere("writer")
    with pytest.raises(StoreBusyError, match=f"{writer.pid}.*Neo4j server"):
        LadybugStore(path, read_only=read_only)


def test_after_the_other_process_is_gone_it_opens(path: Path, elsewhere: Open) -> None:
    writer = elsewhere("writer")
    writer.kill()
    writer.wait()
    LadybugStore(path).close()


def test_several_processes_read_while_none_writes(path: Path, elsewhere: Open) -> None:
    elsewhere("reader")
    with LadybugStore(path, read_only=True) as store:
        assert store.export().shape == (5, 6)
    with pytest.raises(StoreBusyError, match="one writer or many readers"):
        LadybugStore(path)


def test_a_second_opening_in_one_process_is_told_apart(path: Path) -> None:
    with LadybugStore(path), pytest.raises(StoreBusyError, match="this very process"):
        LadybugStore(path)
    LadybugStore(path).close()


def test_a_reader_cannot_write(path: Path, checkerboard: Tables) -> None:
    with (
        LadybugStore(path, read_only=True) as store,
        pytest.raises(StoreError, match="without read_only"),
    ):
        store.load(checkerboard)


def test_a_reader_does_not_make_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="basketweave load"):
        LadybugStore(tmp_path / "none.lbug", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Does its folder exist"):
        LadybugStore(tmp_path / "no" / "graph.lbug")


def test_a_file_of_another_kind_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello" * 1_000)
    with pytest.raises(StoreError, match="not a Ladybug database"):
        LadybugStore(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "hello" * 1_000


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    database = ladybug.Database(tmp_path / "other.lbug")
    ladybug.Connection(database).execute(
        "CREATE NODE TABLE City(name STRING PRIMARY KEY)"
    )
    database.close()
    with pytest.raises(SchemaError, match="no basketweave graph"):
        LadybugStore(tmp_path / "other.lbug")


@pytest.mark.skipif(sys.platform == "win32", reason="needs file modes")
def test_a_folder_that_may_not_be_written_can_still_be_read(closed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_RIGHTS, str(closed)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "(5, 6)\n"
    assert "StoreError" in done.stderr
    assert "may you write to it?" in done.stderr


@pytest.fixture
def closed(path: Path) -> Iterator[Path]:
    """The store in a folder that everybody may read, and nobody but root write."""
    Path(f"{path}.lock").unlink()
    modes = {part: part.stat().st_mode for part in (path, *path.parents[:3])}
    for part, mode in modes.items():
        part.chmod(mode | 0o555)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    yield path
    for part, mode in modes.items():
        part.chmod(mode)


# To root no folder is closed, so it goes on as nobody, after all imports are done.
_WITHOUT_RIGHTS = """
import os, sys, tempfile
from basketweave.graph import connect
with connect(tempfile.mkdtemp() + "/warm.lbug") as store:
    store.export()
if os.geteuid() == 0:
    os.setuid(65534)
with connect(sys.argv[1], read_only=True) as store:
    print(store.export().shape, flush=True)
connect(sys.argv[1])
"""


def test_a_closed_store_says_so(path: Path) -> None:
    store = LadybugStore(path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.dataset()


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


def test_readers_in_other_threads_see_whole_states(path: Path) -> None:
    ring = pl.DataFrame({"src": list("abcdef"), "dst": list("bcdefa")})
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
        for k in range(10):
            edges = ring.with_columns(support=pl.lit(1), weight=pl.lit(float(k)))
            store.write_item_edges("FOLLOWED_BY", edges, as_of=None)
        stop.set()
        for reader in readers:
            reader.join()
    assert all(n in (0, 6) and low == high for n, low, high in seen)


@pytest.fixture(scope="module")
def many() -> Tables:
    """Enough events that loading them takes a while."""
    random = np.random.default_rng(0)
    n = 200_000
    frame = pl.DataFrame(
        {
            "user": random.integers(0, 2_000, n),
            "item": random.integers(0, 20_000, n),
            "time": random.integers(0, 10**9, n),
        }
    )
    events = frame.with_columns(
        pl.col("user", "item").cast(pl.String),
        kind=pl.lit("PURCHASED"),
        value=pl.lit(1.0),
    )
    return Tables(
        "many",
        events.select(id=pl.col("user").unique()),
        events.select(id=pl.col("item").unique(), title=pl.lit(None, pl.String)),
        events,
    )


def test_ctrl_c_stops_a_load_and_leaves_the_state_before(
    path: Path, many: Tables
) -> None:
    with LadybugStore(path) as store:
        timer = threading.Timer(0.3, signal.raise_signal, (signal.SIGINT,))
        timer.start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            store.load(many)
        assert time.monotonic() - started < 30
        assert store.export().shape == (5, 6)
        store.run("MATCH (u:User) RETURN count(*) AS n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_load_killed_at_any_moment_leaves_the_state_before_or_after(
    tmp_path: Path, many: Tables, share: float
) -> None:
    many.events.write_parquet(tmp_path / "events.parquet")
    path = tmp_path / "graph.lbug"
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(path), str(tmp_path / "events.parquet")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    took = float(process.stdout.readline())
    process.stdout.readline()
    time.sleep(took * share)
    process.kill()
    process.wait()
    with LadybugStore(path) as store:
        found = store.dataset()
        n = sum(len(e) for e in store.export().events.values())
        assert (found is None, n) in ((True, 0), (False, len(many.events)))


_SLOW = """
import sys, time
import polars as pl
from basketweave.graph import connect
from basketweave.loaders import Tables
events = pl.read_parquet(sys.argv[2])
users = events.select(id=pl.col("user").unique())
items = events.select(id=pl.col("item").unique(), title=pl.lit(None, pl.String))
tables = Tables("many", users, items, events)
started = time.monotonic()
with connect(sys.argv[1] + ".first") as store:
    store.load(tables)
print(time.monotonic() - started, flush=True)
with connect(sys.argv[1]) as store:
    print("now", flush=True)
    store.load(tables)
    time.sleep(60)
"""
