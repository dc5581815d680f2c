"""Who may open a store's file, and what is repaired before it is opened."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from basketweave.errors import SchemaError, StoreBusyError, StoreError
from basketweave.graph.embedded.failures import folder
from basketweave.graph.embedded.on_disk.lock import FileLock
from basketweave.graph.embedded.on_disk.recovery import (
    forget_broken_off,
    log_beside,
    settle,
    settled_copy,
    unsettled,
)

# How long to wait for another process that is just putting the store right: one that
# replays a log takes long, one that puts a journal into the file does not, and may as
# well be a writer that stays.
PATIENCE, JOURNAL_PATIENCE = 60.0, 5.0


@dataclass(frozen=True)
class Place:
    """Where a store is: its path as given, its path on disk, and the path to read.

    `shown` differs from `real` only where a log had to be replayed and the store's own
    folder may not be written: it is then in `private`, a folder of this process alone.
    """

    named: str
    real: Path
    shown: Path
    private: Path | None = None


def place(path: Path, *, read_only: bool, put_right: Callable[[Path], None]) -> Place:
    """Find the file, links resolved; `put_right` opens it for writing, for a moment.

    put_right   opens the file for writing for a moment, which repairs it

    Raises `StoreError` for a folder or a device, and where a file is to be read that
    does not exist.
    """
    real = path.resolve()
    if real.is_dir():
        raise folder(str(path))
    if real.exists() and not real.is_file():  # a device would be replaced by a file
        raise StoreError(f"{path} is no file. Name one, such as shop.lbug.")
    if read_only and not real.exists():
        raise StoreError(
            f"There is no store at {path}. Make one: "
            f"basketweave load complete_journey --store {path}"
        )
    if read_only and not _put_right(real, put_right):
        private = Path(tempfile.mkdtemp(prefix="basketweave-"))
        copy = settled_copy(real, private, str(path))
        if unsettled(copy):
            put_right(copy)
        return Place(str(path), real, copy, private)
    return Place(str(path), real, real)


def locked(place: Place, *, read_only: bool) -> FileLock:
    """Take and return the lock, and repair what a killed process left.

    Raises `StoreBusyError` where another process holds the lock.
    """
    lock = FileLock(place.real, shared=read_only)
    try:
        if not read_only:
            forget_broken_off(place.real, place.named)
            settle(place.real, place.named)
            lock.follow(place.real)
        elif lock.keeps_writers_out:
            with suppress(OSError):
                forget_broken_off(place.real, place.named)
    except BaseException:
        lock.release()
        raise
    return lock


def _put_right(real: Path, put_right: Callable[[Path], None]) -> bool:
    """Whether the file alone is the store's state now; False where nobody may write."""
    patience = PATIENCE if log_beside(real) else JOURNAL_PATIENCE
    end = time.monotonic() + patience
    while unsettled(real):
        try:
            put_right(real)
        except SchemaError:
            raise
        except StoreBusyError:  # perhaps another reader, which does the same
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        except StoreError:
            return False
        else:
            return not unsettled(real)
    return True
