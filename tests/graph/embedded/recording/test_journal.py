"""The journal beside the file: on the disk at once, in the file when that is written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from basketweave.errors import DataError, StoreBusyError, StoreError
from basketweave.graph.embedded import LadybugStore
from basketweave.graph.embedded.on_disk import file as store_file
from basketweave.graph.embedded.recording.journal import Journal
from basketweave.graph.recorded import Event
from basketweave.graph.tables import Tables

DAY = 86_400


def event(n: int, **more: Any) -> dict[str, Any]:
    return {"user": "ann", "item": "b", "time": 20 * DAY + n, **more}


def count(store: LadybugStore) -> int:
    return len(store.export().events["PURCHASED"])


def journal(path: Path) -> Path:
    return Path(f"{path}.journal")


def leave(path: Path, *events: dict[str, Any]) -> None:
    """As a process that was killed leaves it: recorded, and not in the file."""
    code = (
        "import os, signal, sys; from basketweave.graph import connect\n"
        "connect(sys.argv[1]).record(eval(sys.argv[2]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", code, str(path), repr(list(events))]
    subprocess.run(command, check=False)
    assert journal(path).exists()


def test_recording_writes_the_journal_and_not_the_file(path: Path) -> None:
    before = path.read_bytes()
    with LadybugStore(path) as store:
        store.record(event(1))
        assert path.read_bytes() == before
        assert journal(path).stat().st_mode & 0o777 == path.stat().st_mode & 0o777
        assert count(store) == 17
        assert path.read_bytes() != before
    assert sorted(path.parent.iterdir()) == [path, Path(f"{path}.lock")]


def test_what_is_closed_unread_is_there_when_it_is_opened(path: Path) -> None:
    with LadybugStore(path) as store:
        store.record(event(1))
    assert journal(path).exists()
    with LadybugStore(path) as store:
        assert store.record(event(1)).already_there == 1
        store.record(event(2))
    with LadybugStore(path, read_only=True) as store:
        assert count(store) == 18
    assert not journal(path).exists()


def test_any_write_takes_it_along(path: Path, checkerboard: Tables) -> None:
    with LadybugStore(path) as store:
        store.record(event(1))
        store.load(checkerboard)
        assert not store._file._state.recent  # type: ignore[union-attr]
        assert count(store) == 17
        assert store.load(checkerboard).already_there == 16


def test_a_write_that_fails_leaves_it(path: Path) -> None:
    with LadybugStore(path) as store:
        store.record(event(1))

        def fails() -> None:
            with store.together():
                store.record(event(2))
                assert count(store) == 18
                raise KeyError

        with pytest.raises(KeyError):
            fails()
        assert store.record(event(1)).already_there == 1
        assert count(store) == 17


def test_within_together_it_is_one_step_with_the_rest(
    path: Path, checkerboard: Tables
) -> None:
    with LadybugStore(path) as store:
        with store.together():
            assert store.record(event(1)).events == 1
            assert store.record(event(1)).already_there == 1
            store.load(checkerboard)
        assert not journal(path).exists()
        assert count(store) == 17


def test_it_does_not_wait_for_a_long_write(path: Path) -> None:
    writing, recorded = threading.Event(), threading.Event()

    def writes() -> None:
        with store.together():
            store.write_item_scores(pl.DataFrame({"id": ["a"], "popularity": [1.0]}))
            writing.set()
            assert recorded.wait(60)

    with LadybugStore(path) as store:
        thread = threading.Thread(target=writes)
        thread.start()
        assert writing.wait(60)
        assert store.record(event(1, id="x")).events == 1
        assert store.record(event(2, id="x")).already_there == 1
        recorded.set()
        thread.join()
        assert store.record(event(1)).already_there == 1
        assert count(store) == 17


def test_a_reader_keeps_to_its_state(path: Path) -> None:
    with LadybugStore(path) as store:
        store.record(event(1))
        with store.one_state():
            assert count(store) == 17
            thread = threading.Thread(target=lambda: store.record(event(2)))
            thread.start()
            thread.join()
            assert count(store) == 17
            with store.asking() as (_, seen):
                assert seen.of("ann") == []
        with store.asking() as (_, seen):
            before = seen.of("ann")
            store.record(event(3))
            assert seen.of("ann") == before
            assert [one.time - 20 * DAY for one in before] == [2]
        assert count(store) == 19


def test_entries_that_the_file_has_already_do_no_harm(path: Path) -> None:
    """Killed between taking the name and forgetting, the journal still has them."""
    with LadybugStore(path) as store:
        store.record([event(1), event(2, id="x")])
        count(store)
    kept = Journal(path, "graph")
    event_1 = Event("ann", "b", "PURCHASED", 20 * DAY + 1, 0)
    kept.append([event_1, event_1._replace(time=30 * DAY, id="x")])
    kept.close()
    with LadybugStore(path) as store:
        assert not store._file._state.recent  # type: ignore[union-attr]
        assert count(store) == 18
    assert not journal(path).exists()


def test_many_are_put_into_the_file_by_themselves(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_file, "MANY", 5)
    with LadybugStore(path) as store:
        for n in range(7):
            store.record(event(n))
        # The first made its item popular too, so that the fourth was one too many.
        assert len(store._file._state.recent) == 3  # type: ignore[union-attr]


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("read_only", [False, True])
def test_after_a_kill_it_is_there(path: Path, read_only: bool) -> None:
    leave(path, event(1), event(2))
    with LadybugStore(path, read_only=read_only) as store:
        assert count(store) == 18


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs file modes")
def test_where_nobody_may_write_it_is_read_in_a_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(path, event(1))
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}

    class Refused(Journal):
        def forget(self, number: int) -> None:
            if self.path == journal(path):
                raise StoreError("not here")
            super().forget(number)

    monkeypatch.setattr(store_file, "Journal", Refused)
    monkeypatch.setattr(store_file.StoreFile, "fold", _refusing(path))
    with LadybugStore(path, read_only=True) as store:
        assert count(store) == 17
    after = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    assert after[path.name] == before[path.name]
    assert journal(path).name in after


def _refusing(path: Path) -> Callable[..., None]:
    fold = store_file.StoreFile.fold

    def refused(self: store_file.StoreFile, *, shown: bool = True) -> None:
        if self.path == path and not self.read_only:
            raise StoreError("nobody may write here")
        fold(self, shown=shown)

    return refused


def test_a_reader_is_told_that_somebody_writes(path: Path) -> None:
    with LadybugStore(path) as store:
        store.record(event(1))
        with pytest.raises(StoreBusyError):
            LadybugStore(path, read_only=True)


def test_read_only_refuses(path: Path) -> None:
    with (
        LadybugStore(path, read_only=True) as store,
        pytest.raises(StoreError, match="opened for reading only"),
    ):
        store.record(event(1))
    assert not journal(path).exists()


def test_closed_it_refuses(path: Path) -> None:
    store = LadybugStore(path)
    store.record(event(1))
    store.close()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.record(event(2))


def test_a_journal_without_its_store_is_set_aside(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leave(path, event(1))
    path.unlink()
    with LadybugStore(path) as store:
        assert store.dataset() is None
        assert "kept in graph.lbug.journal.kept" in caplog.text
    kept = sqlite3.connect(f"{path}.journal.kept")
    found = kept.execute("SELECT count(*) FROM change WHERE what = 'event'")
    assert found.fetchone() == (1,)
    kept.close()


def test_a_damaged_journal_is_an_error_that_names_it(path: Path) -> None:
    journal(path).write_bytes(b"no journal at all" * 1_000)
    with pytest.raises(StoreError, match=r"graph.lbug.journal.*cannot be read"):
        LadybugStore(path)
    assert journal(path).exists()
    journal(path).unlink()
    LadybugStore(path).close()


def test_a_journal_that_is_a_link_is_refused(path: Path) -> None:
    precious = path.with_name("precious.txt")
    precious.write_text("mine")
    journal(path).symlink_to(precious)
    with pytest.raises(StoreError):
        LadybugStore(path)
    assert precious.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits")
def test_a_full_disk_is_an_error_and_nothing_is_recorded(path: Path) -> None:
    code = """
import resource, signal, sys
from basketweave.errors import StoreError
from basketweave.graph import connect
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = connect(sys.argv[1])
day = 86400
store.record({"user": "ann", "item": "b", "time": 20 * day})
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
many = [{"user": "u" * 50 + str(n), "item": "b", "time": 21 * day} for n in range(5000)]
try:
    store.record(many)
except StoreError as error:
    print(error)
print(store.record({"user": "ann", "item": "c", "time": 20 * day}))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(len(store.export().events["PURCHASED"]))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    refused, small, count_ = ended.stdout.splitlines()
    assert "Free some room" in refused, ended.stderr
    assert small.startswith("Recorded(events=1")
    assert count_ == "18"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_is_refused_and_the_parents_journal_is_whole(path: Path) -> None:
    code = """
import os, sys
from basketweave.errors import StoreError
from basketweave.graph import connect
store = connect(sys.argv[1])
store.record({"user": "ann", "item": "b", "time": 86400 * 20})
child = os.fork()
if not child:
    try:
        store.record({"user": "ann", "item": "c"})
    except StoreError as error:
        print("child:", error, flush=True)
    store.close()
    sys.exit(0)
os.waitpid(child, 0)
print(store.record({"user": "ann", "item": "d", "time": 86400 * 21}).events)
print(len(store.export().events["PURCHASED"]))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    child, *parent = ended.stdout.splitlines()
    assert "opened before this process was forked" in child, ended.stderr
    assert parent == ["1", "18"]


def test_nobody_who_is_forgotten_stands_in_the_journal(path: Path) -> None:
    with LadybugStore(path) as store:
        store.record(
            {"user": "somebody-of-old", "item": "a", "time": 5, "id": "an-order"}
        )
        assert b"somebody-of-old" in Path(f"{path}.journal-wal").read_bytes()
        assert store.forget_user("somebody-of-old").events == 1
        store.record(event(1))
        for one in path.parent.glob("*.journal*"):
            content = one.read_bytes()
            assert b"somebody-of-old" not in content
            assert b"an-order" not in content


def test_types_that_only_the_journal_knows_hold_for_who_opens_it(path: Path) -> None:
    with LadybugStore(path) as store:
        store.upsert_items({"id": "a", "attributes": {"wide": 1.5}})
    assert journal(path).exists()
    with LadybugStore(path) as store:
        with pytest.raises(DataError, match="'wide' of Item has true/false"):
            store.upsert_items({"id": "b", "attributes": {"Wide": True}})
        store.upsert_items({"id": "b", "attributes": {"Wide": 2}})
        items = store.export(items=["wide"]).items
        assert items is not None
        assert items["wide"].drop_nulls().to_list() == [1.5, 2.0]


def test_a_write_gives_way_to_what_was_said_of_a_type_meanwhile(path: Path) -> None:
    wide, broad = ({"id": "a", "attributes": {"wide": v}} for v in (True, 1.5))
    with LadybugStore(path) as store:
        with pytest.raises(DataError, match="'wide' of Item"):
            _write_while_another_says(store, wide, broad)
        assert store.export(items=["wide"]).n("Item")
        item = store.item("a")
        assert item is not None
        assert item["attributes"]["wide"] == 1.5


def _write_while_another_says(
    store: LadybugStore, row: dict[str, Any], said: dict[str, Any]
) -> None:
    with store.together():
        store.upsert_items(row)
        other = threading.Thread(target=store.upsert_items, args=(said,))
        other.start()
        other.join()


def test_rows_that_were_refused_leave_no_type(path: Path) -> None:
    with LadybugStore(path) as store:
        rows = [
            {"id": "a", "attributes": {"Wide": 1.5}},
            {"id": "b", "attributes": {"Wide": [True]}},
        ]
        with pytest.raises(DataError, match="lists of true/false"):
            store.upsert_items(rows)
        assert store.upsert_items({"id": "a", "attributes": {"wide": True}}).changed
        item = store.item("a")
        assert item is not None
        assert item["attributes"]["wide"] is True
