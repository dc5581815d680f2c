"""A file is there whole or not at all, whoever writes it and however it ends."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from basketweave.errors import DataError
from basketweave.whole import replaced, whole, write_synced


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with replaced(path) as beside:
        beside.write_text("old")
    with pytest.raises(ZeroDivisionError), replaced(path) as beside:  # noqa: PT012
        beside.write_text("half")
        raise ZeroDivisionError
    assert [p.name for p in path.parent.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_a_private_file_is_its_owners_from_the_start(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_synced(tmp_path / "secret", b"1", private=True)
        write_synced(tmp_path / "open", b"2", private=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o666
    with pytest.raises(FileExistsError):
        write_synced(tmp_path / "secret", b"3", private=True)


def test_threads_that_write_one_file_do_not_meet(tmp_path: Path) -> None:
    def put(n: int) -> None:
        with replaced(tmp_path / "file") as beside:
            write_synced(beside, bytes([n]) * 100_000, private=False)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(40)))
    assert len(set((tmp_path / "file").read_bytes())) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    told = r"taken.* was not written"
    with pytest.raises(DataError, match=told), whole(tmp_path / "taken" / "file"):
        pass
