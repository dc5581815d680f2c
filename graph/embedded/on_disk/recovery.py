"""What a killed write left beside the store, and how it is repaired.

There are two kinds. The copy of an interrupted write is removed: the store itself was
not touched. A log beside the store's own file comes from an earlier version of this
package, or from another program that uses Ladybug; this version never leaves one. It
is replayed in a copy of the file and the log, and the finished copy is named
`FILE.recovered`. Then the log is removed, then the copy takes the store's name. If this
is interrupted, the next opening continues from that step.
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
from basketweave.graph.embedded.recording.journal import COMPANIONS as JOURNAL_ENDS
from basketweave.graph.embedded.recording.journal import journal_of

LOG = logging.getLogger(__name__)
LOGS = (".wal", ".wal.checkpoint", ".shadow")


def unsettled(path: Path) -> bool:
    """Whether the file alone is not the store's state: there is a log, or a journal."""
    return log_beside(path) or journal_of(path).exists()


def log_beside(path: Path) -> bool:
    """Whether a log of the engine's stands beside the file."""
    return _recovered(path).exists() or bool(_logs(path))


def forget_broken_off(path: Path, named: str) -> None:
    """Remove the copy of an interrupted write, if there is one, and log a warning."""
    if not left_over(path):
        return
    LOG.warning(
        "%s: a write was broken off before it was whole (killed, or out of room). The "
        "store is as it was before that write: do the same again.",
        named,
    )
    remove(path)


def settle(path: Path, named: str) -> None:
    """Replay a log into the file; the caller has to hold the exclusive lock.

    Raises `StoreError` where a file cannot be written, and `StoreBusyError` where
    another program has the store open for writing.
    """
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
    """Copy the store to `folder`, replay its log there, and return the copy's path.

    It is for stores whose own folder may not be written. Raises `StoreError` where the
    copy cannot be written.
    """
    copy, recovered = folder / path.name, _recovered(path)
    try:
        copied(recovered if recovered.exists() else path, copy)
        for log in () if recovered.exists() else _logs(path):
            shutil.copy(log, f"{copy}{log.name.removeprefix(path.name)}")
        for end in ("", *JOURNAL_ENDS):
            if (journal := Path(f"{journal_of(path)}{end}")).exists():
                shutil.copy(journal, f"{journal_of(copy)}{end}")
    except OSError as error:
        raise unwritten(str(folder), error) from error
    settle(copy, named)
    return copy


def _replay(path: Path, named: str) -> None:
    """Make `FILE.recovered` from the file and the complete part of its log."""
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
    """Replay the complete transactions without the torn end, and keep the log.

    Returns what the warning says of it.
    """
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
