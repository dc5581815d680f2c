"""Writing files safely, and alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from basketweave.errors import StoreBusyError, StoreError
from basketweave.whole import replaced, write_synced

PATIENCE = 300.0  # seconds; a first start with its download took 40


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a full disk or a folder without write permission into a `StoreError`."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Cannot write in {folder} ({error.strerror or error}). Make room or "
            f"permit writing there, or choose another folder with BASKETWEAVE_HOME."
        ) from error


def write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only."""
    with writing(path.parent), replaced(path) as beside:
        write_synced(beside, text.encode(), private=True)


@contextmanager
def locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock file, which the system lets go when its process ends.

    Raises `StoreBusyError` where another process holds it for too long.
    """
    lock = FileLock(path)
    with writing(path.parent):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say("Waiting for another process that is starting or stopping the server")
            _wait_for(lock, path)
    try:
        yield
    finally:
        lock.release()


def _wait_for(lock: FileLock, path: Path) -> None:
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout as error:
        raise StoreBusyError(
            f"Another process has held {path} for {PATIENCE:.0f} seconds, while it "
            "starts or stops the server. End that process and try again."
        ) from error
