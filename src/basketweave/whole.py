"""Files that are there whole, or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from basketweave.errors import DataError


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, renamed to `path` once all is written.

    So a reader sees the old file or the new one, and two writers do not meet. Where it
    cannot be written, such as on a full disk, nothing is left of it, and a file that
    stood there before still does. Raises `OSError` as it comes.
    """
    own = f"{os.getpid()}.{threading.get_ident()}"
    unfinished = path.with_name(f".{path.name}.{own}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        os.replace(unfinished, path)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """The same for data and models: raises `DataError` where it cannot be written."""
    try:
        with replaced(path) as unfinished:
            yield unfinished
    except OSError as error:
        beside = str(path.with_name(f".{path.name}."))
        named = error.filename and not str(error.filename).startswith(beside)
        raise DataError(
            f"{error.filename if named else path}: {error.strerror or error}. {path} "
            "was not written: free some room, or choose another file or folder."
        ) from error


@contextmanager
def alone(lock: Path, otherwise: Exception) -> Iterator[None]:
    """A context that one process at a time is in: the next one gets `otherwise`."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock, timeout=0)
    try:
        held.acquire()
    except Timeout:
        raise otherwise from None
    try:
        yield
    finally:
        held.release()


def write_synced(path: Path, content: bytes | memoryview, *, private: bool) -> None:
    """Write a new file to the disk itself; `private`: its owner's from the start."""
    with open(path, "xb", opener=_owners if private else None) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _owners(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
