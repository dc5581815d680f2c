"""The next state: written in a copy beside the file, which then replaces the file.

The engine never writes to the store's own file. A write that is killed, or finds the
disk full, leaves a copy that nobody reads. The engine's log and checkpoints belong to
the copy, and are gone before the copy replaces the file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import ladybug

from basketweave.errors import StoreError
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.failures import unwritten
from basketweave.graph.embedded.on_disk.engine import opened
from basketweave.graph.embedded.on_disk.state import Follows
from basketweave.graph.embedded.recording.journal import Entry
from basketweave.graph.embedded.recording.record import write_changes

COMPANIONS = (
    ".wal",
    ".wal.checkpoint",
    ".shadow",
    ".tmp",
    ".checkpoint.intent.lock",
    ".checkpoint.apply.lock",
)
"""Endings of the files that Ladybug 0.22 keeps beside a file that it writes."""

# The engine ends the process where it cannot write its log while closing. So this many
# bytes of disk are reserved, and freed before it closes.
RESERVE = 2**20


class Following:
    """A copy of the file `path`, or an empty database where there is none, to write to.

    Raises `StoreError` where the disk has no room for the copy.
    """

    def __init__(self, path: Path, *, buffer_mb: int | None, named: str) -> None:
        self._path, self._named = path, named
        self.path = unfinished(path)
        self.folded = 0
        """The number of the last entry of the journal that is in it."""
        self.follows: Follows | None = None
        """What it adds to the file; None where users, items or ties became others."""
        self._database: ladybug.Database | None = None
        remove(path)
        try:
            _with_room(self.path, path, named)
            self._database = opened(
                self.path, read_only=False, buffer_mb=buffer_mb, named=named
            )
        except BaseException:
            self.discard()
            raise

    def session(self) -> Session:
        """A new session that writes to the copy."""
        assert self._database is not None
        return Session(self._database, self._named)

    def fold(self, entries: Sequence[Entry]) -> None:
        """Have what the journal has in the copy too, before anything else is."""
        if not entries:
            return
        session = self.session()
        try:
            session.do("BEGIN TRANSACTION")
            write_changes(session, [entry.change for entry in entries])
            session.do("COMMIT")
        finally:
            session.close()
        self.folded = entries[-1].number

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A context with a session that reads the copy so far, and refuses to write."""
        session = self.session()
        try:
            session.do("BEGIN TRANSACTION READ ONLY")
            yield session
        finally:
            session.close()

    def finish(self) -> None:
        """Close the copy and sync it to the disk, complete without a log beside it.

        Raises `StoreError` where that cannot be done.
        """
        session = self.session()
        try:
            session.do("CHECKPOINT")
        finally:
            session.close()
        self._close()
        if Path(f"{self.path}.wal").exists():
            raise StoreError(f"{self._named} could not be written whole. Try again.")
        _reserve(self.path).unlink(missing_ok=True)
        try:
            _as_before(self.path, self._path)
            synced(self.path)
        except OSError as error:
            raise unwritten(self._named, error) from error

    def replace(self) -> None:
        """Rename the copy to the file's name: from then on readers see the write.

        Raises `StoreError` where the file cannot be replaced.
        """
        try:
            os.replace(self.path, self._path)
        except OSError as error:
            raise unwritten(self._named, error) from error
        with suppress(OSError):  # it is there all the same
            synced(self._path.parent)

    def discard(self) -> None:
        """Remove the copy, and leave the store as it is."""
        _reserve(self.path).unlink(missing_ok=True)
        if self._database is not None:
            session = self.session()
            with suppress(StoreError):
                session.do("CALL force_checkpoint_on_close=false")
            session.close()
        self._close()
        remove(self._path)

    def native(self) -> list[object]:
        """The objects that must not be destroyed in a forked child."""
        return [self._database]

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def unfinished(path: Path) -> Path:
    """The path of the copy while it is written; only the lock's holder uses it."""
    return path.with_name(f"{path.name}.next")


def left_over(path: Path) -> list[Path]:
    """The files beside `path` that an interrupted write to it left."""
    base = unfinished(path)
    names = (base, _reserve(base), *(Path(f"{base}{end}") for end in COMPANIONS))
    return [name for name in names if os.path.lexists(name)]


def remove(path: Path) -> None:
    """Remove what an interrupted write left: the copy last, as it shows the rest."""
    for name in reversed(left_over(path)):
        name.unlink(missing_ok=True)


def copied(source: Path, target: Path) -> None:
    """Copy a file's bytes, by sharing its blocks where the file system can."""
    with source.open("rb") as old, target.open("wb") as new:
        left = os.fstat(old.fileno()).st_size
        try:
            while left and hasattr(os, "copy_file_range"):
                step = os.copy_file_range(old.fileno(), new.fileno(), left)
                if not step:
                    break
                left -= step
        except OSError:
            old.seek(0)
            new.seek(0)
        else:
            if not left:
                return
        shutil.copyfileobj(old, new, 2**20)


def synced(path: Path) -> None:
    """Write a file, or the names in a folder, through to the disk (fsync)."""
    if os.name == "nt" and path.is_dir():
        return
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _with_room(target: Path, source: Path, named: str) -> None:
    try:
        if source.exists():
            needed = source.stat().st_size + RESERVE
            free = shutil.disk_usage(source.parent).free
            if free < needed:
                raise StoreError(
                    f"{named} is written as a copy beside it, which needs "
                    f"{_mb(needed)} of room, and {_mb(free)} are free. Free some room "
                    "on the disk and do the same again: nothing was changed."
                )
            copied(source, target)
        with _reserve(target).open("wb") as reserve:
            reserve.write(b"\1" * RESERVE)
    except OSError as error:
        raise unwritten(named, error) from error


def _reserve(base: Path) -> Path:
    return base.with_name(f"{base.name}.reserve")


def _as_before(target: Path, source: Path) -> None:
    """Give `target` the rights and the owner of `source`, if there is one."""
    if source.exists():
        found = source.stat()
        os.chmod(target, found.st_mode & 0o7777)
        if hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(target, found.st_uid, found.st_gid)


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"
