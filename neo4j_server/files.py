"""Writing files safely, and alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from basketweave.errors import StoreBusyError, StoreError

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
    with writing(path.parent):
        # mkstemp makes the file with mode 0600, so it is never readable by others.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


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
