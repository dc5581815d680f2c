"""The embedded store's file: who may open it, and what happens when things go wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import ladybug
import polars as pl
import pytest

from basketweave.errors import SchemaError, StoreBusyError, StoreError, UsageError
from basketweave.graph import connect
from basketweave.graph.embedded import LadybugStore
from basketweave.graph.tables import Tables

Open = Callable[[str], subprocess.Popen[str]]


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


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_another_name_of_the_file_does_not_lead_around_the_lock(
    path: Path, link: Callable[[Path, Path], None]
) -> None:
    other = path.parent / "elsewhere" / "current.lbug"
    other.parent.mkdir()
    link(other, path)
    for first, second in [(path, other), (other, path)]:
        with LadybugStore(first), pytest.raises(StoreBusyError):
            LadybugStore(second)


def test_a_write_through_a_symbolic_link_goes_to_the_file(
    path: Path, checkerboard: Tables
) -> None:
    path.chmod(0o640)
    other = path.with_name("current.lbug")
    other.symlink_to(path.name)
    later = checkerboard.events.with_columns(pl.col("time") + 1)
    more = replace(checkerboard, events=later)
    with LadybugStore(other) as store:
        store.load(more)
    assert other.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    with LadybugStore(path, read_only=True) as store:
        assert len(store.export().events["PURCHASED"]) == 32


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_lock_that_is_a_link_is_refused_and_its_target_kept(
    path: Path, link: Callable[[Path, Path], None], read_only: bool
) -> None:
    precious = path.with_name("precious.txt")
    precious.write_text("mine")
    lock = Path(f"{path}.lock")
    lock.unlink()
    link(lock, precious)
    with pytest.raises(StoreError, match="is a link"):
        LadybugStore(path, read_only=read_only)
    assert precious.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="needs file modes")
def test_a_lock_of_another_user_is_refused(path: Path) -> None:
    lock = Path(f"{path}.lock")
    if os.geteuid() == 0:
        os.chown(lock, 12_345, 12_345)
    else:
        lock.chmod(0)
    with pytest.raises(StoreError, match="cannot tell who uses the store"):
        LadybugStore(path)


@pytest.mark.parametrize("read_only", [False, True])
def test_what_a_killed_write_left_is_removed_and_said(
    path: Path, caplog: pytest.LogCaptureFixture, read_only: bool
) -> None:
    for end in ("next", "next.wal", "next.wal.checkpoint", "next.shadow"):
        Path(f"{path}.{end}").write_bytes(b"half")
    with LadybugStore(path, read_only=read_only) as store:
        assert store.export().shape == (5, 6)
    assert "a write was broken off" in caplog.text
    assert "as it was before" in caplog.text
    assert sorted(path.parent.iterdir()) == [path, Path(f"{path}.lock")]


# As a process of an earlier version leaves them: three transactions in the log.
_LOG = """
import os, sys, ladybug
connection = ladybug.Connection(ladybug.Database(sys.argv[1], auto_checkpoint=False))
for n in range(3):
    connection.execute(f"MATCH (i:Item {{id: 'a'}}) SET i.price = {n + 10}.0")
    print(os.path.getsize(sys.argv[1] + ".wal"), flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("transactions", "more", "price"),
    [(3, 0, 12), (2, 0, 11), (2, 20, 11), (1, -1, 1), (1, -50, 1), (0, 1, 1)],
)
def test_a_log_of_an_earlier_version_is_replayed_as_far_as_it_is_whole(
    path: Path,
    caplog: pytest.LogCaptureFixture,
    read_only: bool,
    transactions: int,
    more: int,
    price: float,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOG, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    ends = [0, *map(int, done.stdout.split())]
    log = Path(f"{path}.wal")
    os.truncate(log, ends[transactions] + more)
    with LadybugStore(path, read_only=read_only) as store:
        found = store.run("MATCH (i:Item {id: 'a'}) RETURN i.price AS price")
        assert found["price"].to_list() == [price]
        assert store.export().shape == (5, 6)
    assert ("is not whole" in caplog.text) == (more != 0)
    assert Path(f"{log}.kept").exists() == (more != 0)
    assert not log.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs file modes")
def test_in_a_folder_that_may_not_be_written_a_log_is_replayed_elsewhere(
    closed: Path,
) -> None:
    closed.parent.chmod(0o755)
    subprocess.run(
        [sys.executable, "-c", _LOG, str(closed)], capture_output=True, check=False
    )
    Path(f"{closed}.lock").unlink(missing_ok=True)
    closed.parent.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_RIGHTS, str(closed)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "(5, 6)\n", done.stderr
    assert "was replayed" in done.stderr
    assert Path(f"{closed}.wal").exists()


_FORKS = """
import os, sys
from basketweave.graph import connect

def child():
    if os.fork():
        return os.waitstatus_to_exitcode(os.wait()[1])
    try:
        with connect(sys.argv[1], read_only=True) as store:
            print(store.export().shape, flush=True)
        sys.exit(3)
    except Exception as error:
        print(type(error).__name__, error, flush=True)
        sys.exit(4)

print(child())
store = connect(sys.argv[1])
store.export()
print(child())
if not os.fork():
    try:
        store.export()
    except Exception as error:
        print(type(error).__name__, error, flush=True)
    sys.exit(5)
print(os.waitstatus_to_exitcode(os.wait()[1]), store.export().shape)
store.close()
print(child())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_works_or_says_at_once_what_to_do(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FORKS, str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    fresh, three, anew, four, used, five, closed, last = done.stdout.splitlines()
    assert (fresh, three) == ("(5, 6)", "3")
    assert anew.startswith("StoreError This process was forked")
    assert "'spawn' or 'forkserver'" in anew
    assert used.startswith(f"StoreError {path} was opened before this process")
    assert (four, five, last) == ("4", "5 (5, 6)", "4")
    assert closed == anew


def test_a_process_opens_many_stores(path: Path, tmp_path: Path) -> None:
    with ExitStack() as all_of_them:
        for n in range(20):
            copy = tmp_path / f"{n}.lbug"
            shutil.copy(path, copy)
            store = all_of_them.enter_context(LadybugStore(copy))
            assert store.export().shape == (5, 6)


_FEW_ADDRESSES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (16_000_000 * 1024,) * 2)
from basketweave.graph import connect
from basketweave.graph.derive import derive
with connect(sys.argv[1]) as store:
    derive(store)
    print(store.export().shape)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on addresses")
def test_a_store_opens_where_addresses_are_limited(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FEW_ADDRESSES, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "(5, 6)\n", done.stderr


def test_the_buffer_can_be_bounded(
    path: Path, monkeypatch: pytest.MonkeyPatch, checkerboard: Tables
) -> None:
    with connect(path, buffer_mb=64) as store:
        assert store.load(checkerboard).already_there == 16
    with pytest.raises(UsageError, match="at least 32"):
        connect(path, buffer_mb=1)
    monkeypatch.setenv("BASKETWEAVE_BUFFER_MB", "64")
    connect(path).close()
    monkeypatch.setenv("BASKETWEAVE_BUFFER_MB", "64 MB")
    with pytest.raises(UsageError, match="number of megabytes"):
        connect(path)


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
    assert done.stdout == "(5, 6)\n", done.stderr
    assert "StoreError" in done.stderr
    assert "may you write to it?" in done.stderr


@pytest.fixture
def closed(path: Path) -> Iterator[Path]:
    """The store in a folder that everybody may read, and nobody but root write."""
    Path(f"{path}.lock").unlink()
    modes = {part: part.stat().st_mode for part in (path, *path.parents[:4])}
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
