"""The embedded store's file: who may open it, and what happens when things go wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import ladybug
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
