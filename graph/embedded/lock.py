"""One writer or many readers of a store's file, across and within processes.

Ladybug itself refuses a second writing process, but lets a process read while
another writes, which may read reused pages (its issue 666), and lets one process
open the file for writing twice. A lock on a file beside the store closes both gaps.
"""

from __future__ import annotations

import os
from pathlib import Path

from basketweave.graph.embedded.failures import busy

try:
    import fcntl
except ImportError:  # Windows: Ladybug's own lock against a second writer remains
    fcntl = None  # type: ignore[assignment]


class FileLock:
    """Held from the moment it is made until `release`.

    Raises `StoreBusyError` where another one stands in the way.
    """

    def __init__(self, path: Path, *, shared: bool) -> None:
        self._file: int | None = None
        if fcntl is None:
            return
        try:
            flags = os.O_RDONLY if shared else os.O_RDWR
            self._file = os.open(f"{path}.lock", flags | os.O_CREAT, 0o666)
        except OSError:
            return  # a folder nobody can write to has no writer either
        try:
            how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(self._file)
            self.release()
            raise busy(str(path), holder) from None
        if not shared:
            os.truncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let others in. The file stays: removing it would let two hold it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _holder(file: int) -> str:
    """Who wrote its process number there: the last writer, perhaps gone since."""
    pid = os.pread(file, 20, 0).decode(errors="replace")
    if pid == str(os.getpid()):
        return "this very process (pass its store on instead of opening it again)"
    return f"another process (perhaps {pid})" if pid else "another process"
