"""One writer or many readers of a store's file, across and within processes.

Two locks, so that no second name leads around them: one on `FILE.lock` beside the
file, whatever symbolic link it was opened by, which stays when a write replaces the
file; and one on the file itself, which its hard links share. Both are flock's: the
engine's own lock is another kind, which closing any copy of the file would drop.

`filelock` alone does less. Its `FileLock` lets no two readers in, and its
`ReadWriteLock` is an SQLite file that readers must be able to write, pinned to a
thread. Both know a file by its name, so that a hard link leads around them, and both
accept a lock file that another user put there. On Windows, which has neither flock nor owners like these,
writers take its `FileLock`.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import filelock

from basketweave.errors import StoreError
from basketweave.graph.embedded.failures import busy, unwritten

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class FileLock:
    """A lock that is held from its construction until `release`.

    `path` is the file as it is on disk, links resolved. Raises `StoreBusyError` where
    another process holds the lock, and `StoreError` for a lock file that is not ours.
    """

    def __init__(self, path: Path, *, shared: bool) -> None:
        self._path, self._shared = path, shared
        self._held: list[int] = []
        self._windows: filelock.BaseFileLock | None = None
        try:
            if fcntl is None:
                self._lock_on_windows()
            else:
                self._lock_beside()
                self.follow(path)
        except BaseException:
            self.release()
            raise

    def follow(self, path: Path) -> None:
        """Lock `path` too: the store's file, or the copy that is to replace it.

        Raises `StoreBusyError` where another process holds it, and `StoreError` where
        it cannot be opened.
        """
        while fcntl is not None and path.is_file() and not self._holds(path):
            try:
                file = os.open(path, os.O_RDONLY)
            except OSError as error:
                raise unwritten(str(self._path), error) from error
            self._take(file)
        self._drop_what_is_gone()

    @property
    def keeps_writers_out(self) -> bool:
        """Whether this lock makes sure that no other process writes now."""
        return bool(self._held) or self._windows is not None

    def release(self) -> None:
        """Release the lock. `FILE.lock` stays: without it, two could hold the lock."""
        self.forget()
        if self._windows is not None:
            self._windows.release()

    def forget(self) -> None:
        """Close the held files; in a forked child, the parent keeps its lock."""
        while self._held:
            os.close(self._held.pop())

    def _lock_beside(self) -> None:
        name = Path(f"{self._path}.lock")
        flags = os.O_RDONLY if self._shared else os.O_RDWR
        try:
            file = os.open(name, flags | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            if name.is_symlink():
                raise _not_ours(name, "is a link") from error
            if os.path.lexists(name):
                raise _not_ours(name, f"cannot be opened ({error.strerror})") from error
            if self._shared:
                return  # nobody could make one here; the file's own lock remains
            raise unwritten(str(self._path), error) from error
        try:
            _check(name, os.fstat(file), self._path)
        except BaseException:
            os.close(file)
            raise
        self._take(file)
        if not self._shared:
            os.truncate(file, 0)
            os.pwrite(file, str(os.getpid()).encode(), 0)

    def _holds(self, path: Path) -> bool:
        there = path.stat()
        return any(os.path.samestat(os.fstat(file), there) for file in self._held)

    def _drop_what_is_gone(self) -> None:
        """Close the files that have no name any more, as later writes replaced them."""
        for file in self._held[1:]:
            if not os.fstat(file).st_nlink:
                self._held.remove(file)
                os.close(file)

    def _take(self, file: int) -> None:
        self._held.append(file)
        how = fcntl.LOCK_SH if self._shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except OSError:
            raise busy(str(self._path), _holder(self._held[0])) from None

    def _lock_on_windows(self) -> None:
        """Writers only: readers keep the file from being replaced by having it open."""
        if self._shared:
            return
        lock = filelock.FileLock(f"{self._path}.lock", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise busy(str(self._path)) from None
        except OSError as error:
            raise unwritten(str(self._path), error) from error
        self._windows = lock


def written_by_another_program(path: Path) -> bool:
    """Whether a program that does not use our lock has the file open for writing."""
    if fcntl is None:
        return False
    with path.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _check(name: Path, found: os.stat_result, path: Path) -> None:
    """Refuse a lock file of another user; give one of root's to the store's owner."""
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise _not_ours(name, "is a link, or no file")
    owner = path.stat().st_uid if path.exists() else os.geteuid()
    if found.st_uid == owner:
        return
    if os.geteuid() == 0 and found.st_uid == 0:
        os.chown(name, owner, -1, follow_symlinks=False)
    elif found.st_uid != os.geteuid():
        raise _not_ours(name, f"belongs to another user (number {found.st_uid})")


def _not_ours(name: Path, why: str) -> StoreError:
    return StoreError(
        f"{name} {why}, so it cannot tell who uses the store. If nobody does, remove "
        "it and do the same again."
    )


def _holder(file: int) -> str:
    """The process whose number is in the lock file: the last writer, perhaps gone."""
    pid = os.pread(file, 20, 0).decode(errors="replace")
    if not pid.isdigit():
        return "another process"
    if pid == str(os.getpid()):
        return "this very process (pass its store on instead of opening it again)"
    return f"another process (perhaps {pid})"
