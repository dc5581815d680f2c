"""What a write that was killed left beside the store, and how it is put right.

Two kinds. The copy of a write that was broken off is removed: the store itself was
not touched. And a log beside the store's own file, which this version never leaves:
an earlier one does, or another program of Ladybug's. It is replayed in a copy of both,
and the copy, finished, is named `FILE.recovered`; then the log goes, then the copy
takes the store's name. Broken off anywhere, the next opening goes on from there.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from basketweave.errors import SchemaError, StoreBusyError, StoreError
from basketweave.graph.embedded import dataset
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.failures import busy, unwritten
from basketweave.graph.embedded.on_disk.engine import opened
from basketweave.graph.embedded.on_disk.following import (
    COMPANIONS,
    copied,
    left_over,
    remove,
    synced,
    unfinished,
)
from basketweave.graph.embedded.on_disk.lock import written_by_another_program

LOG = logging.getLogger(__name__)
LOGS = (".wal", ".wal.checkpoint", ".shadow")


def unsettled(path: Path) -> bool:
    """Whether the file alone is not the store's state: a log stands beside it."""
    return _recovered(path).exists() or bool(_logs(path))


def forget_broken_off(path: Path, named: str) -> None:
    """Remove the copy of a write that was broken off, and say so."""
    if not left_over(path):
        return
    LOG.warning(
        "%s: a write was broken off before it was whole (killed, or out of room). The "
        "store is as it was before that write: do the same again.",
        named,
    )
    remove(path)


def settle(path: Path, named: str) -> None:
    """Make the file alone the store's state; only for who holds the lock alone."""
    try:
        if not _recovered(path).exists() and _logs(path):
            _replay(path, named)
        if _recovered(path).exists():
            for end in COMPANIONS:
                Path(f"{path}{end}").unlink(missing_ok=True)
            os.replace(_recovered(path), path)
            synced(path.parent)
    except OSError as error:
        raise unwritten(named, error) from error


def settled_copy(path: Path, folder: Path, named: str) -> Path:
    """The same in another folder, where nothing may be written beside the store."""
    copy, recovered = folder / path.name, _recovered(path)
    try:
        copied(recovered if recovered.exists() else path, copy)
        for log in () if recovered.exists() else _logs(path):
            shutil.copy(log, f"{copy}{log.name.removeprefix(path.name)}")
    except OSError as error:
        raise unwritten(str(folder), error) from error
    settle(copy, named)
    return copy


def _replay(path: Path, named: str) -> None:
    """Make `FILE.recovered` of the file and its log: as much of it as is whole."""
    if written_by_another_program(path):
        raise busy(named)
    told = "was replayed"
    try:
        _replayed(path, _logs(path), named, strict=True)
    except (SchemaError, StoreBusyError):
        remove(path)
        raise
    except StoreError:
        told = _replayed_in_part(path, named)
    os.replace(unfinished(path), _recovered(path))
    remove(path)
    synced(path.parent)
    LOG.warning(
        "%s: the log beside it, of a write that was broken off, %s.", named, told
    )


def _replayed_in_part(path: Path, named: str) -> str:
    """The transactions that are whole, without the torn end; the log is kept."""
    logs = _logs(path)
    for log in logs:
        shutil.copy(log, f"{log}.kept")
    kept = f"(the log is kept as {logs[0].name}.kept)"
    try:
        _replayed(path, logs, named, strict=False)
    except StoreError:
        _replayed(path, [], named, strict=False)
        return f"cannot be read, so the store is as it was before it {kept}"
    return (
        "is not whole: the transactions before the break stand, and what comes after "
        "it, as a kill leaves of one that was never committed, does not. Was the disk "
        f"itself damaged, later ones may be there {kept}"
    )


def _replayed(path: Path, logs: list[Path], named: str, *, strict: bool) -> None:
    copy = unfinished(path)
    remove(path)
    copied(path, copy)
    for log in logs:
        shutil.copy(log, f"{copy}{log.name.removeprefix(path.name)}")
    database = opened(copy, read_only=False, buffer_mb=None, named=named, strict=strict)
    try:
        session = Session(database, named)
        dataset.present(session, named)
        session.do("CHECKPOINT")
        session.close()
    finally:
        database.close()
    synced(copy)


def _logs(path: Path) -> list[Path]:
    names = [Path(f"{path}{end}") for end in LOGS]
    return [name for name in names if name.exists()]


def _recovered(path: Path) -> Path:
    return path.with_name(f"{path.name}.recovered")
