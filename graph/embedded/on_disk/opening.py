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
    settle,
    settled_copy,
    unsettled,
)

# Seconds to wait for another process that is just repairing the store.
PATIENCE = 60.0


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


def place(path: Path, *, read_only: bool, put_right: Callable[[], None]) -> Place:
    """Find and return where the store is, with links resolved.

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
        return Place(str(path), real, settled_copy(real, private, str(path)), private)
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


def _put_right(real: Path, put_right: Callable[[], None]) -> bool:
    """Repair the store; return whether the file alone now holds the store's state.

    False where this process may not write.
    """
    patience = time.monotonic() + PATIENCE
    while unsettled(real):
        try:
            put_right()
        except SchemaError:
            raise
        except StoreBusyError:  # perhaps another reader, which does the same
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)
        except StoreError:
            return False
    return True
