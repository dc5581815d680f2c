"""Opening the engine on a file, within bounds of memory and of addresses.

Left alone, Ladybug 0.22 reserves 8 TB of addresses and a buffer of 80 % of the
machine's memory for each file: a process then opens 15, and none under `ulimit -v`.
A buffer of 2 GB opens in 8 ms, one of 19 GB in 80.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ladybug
import psutil
from ladybug._backend import get_pybind_module

from basketweave.errors import UsageError
from basketweave.graph.embedded.failures import explained

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

VARIABLE = "BASKETWEAVE_BUFFER_MB"
MB = 2**20
LEAST_BUFFER, LEAST_ADDRESSES = 32 * MB, 64 * MB


def opened(
    path: Path,
    *,
    read_only: bool,
    buffer_mb: int | None,
    named: str,
    strict: bool = True,
) -> ladybug.Database:
    """Open and return the engine's database on `path`.

    named    what errors call the file
    strict   raise `StoreError` for an incomplete log; otherwise its complete
             transactions are replayed

    Raises `StoreError` where the engine cannot open the file.
    """
    buffer, addresses = bounds(path, read_only=read_only, buffer_mb=buffer_mb)
    try:
        return _Bounded(
            str(path),
            buffer_pool_size=buffer,
            max_db_size=addresses,
            read_only=read_only,
            throw_on_wal_replay_failure=strict,
        )
    except (RuntimeError, OSError) as error:
        raise explained(error, named) from error


def bounds(path: Path, *, read_only: bool, buffer_mb: int | None) -> tuple[int, int]:
    """Bytes of buffer, and bytes of addresses for the file's pages (a power of 2).

    Reading needs addresses for twice the file; writing gets them for 16 times the file,
    and for 64 GB at least where the system allows. Raises `UsageError` for a
    `buffer_mb` that is too small.
    """
    size = path.stat().st_size if path.exists() else 0
    left = _addresses_left()
    asked = buffer_mb_from_environment() if buffer_mb is None else buffer_mb
    half = psutil.virtual_memory().total // 2
    buffer = min(half, 1024 * MB + 16 * size) if read_only else half
    if left is not None:
        buffer = max(min(buffer, left // 8), LEAST_BUFFER)
    if asked is not None:
        buffer = _checked(asked) * MB
    needed = _power_of_two(max(2 * size, LEAST_ADDRESSES))
    if read_only:
        return buffer, needed
    wanted = _power_of_two(max(16 * size, 65_536 * MB))
    while left is not None and wanted > max(left // 4, 2 * needed):
        wanted //= 2
    return buffer, wanted


def buffer_mb_from_environment() -> int | None:
    """The megabytes in `BASKETWEAVE_BUFFER_MB`; None where it is not set.

    Raises `UsageError` where it is no whole number.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        return None
    if not said.isdigit():
        raise UsageError(f"{VARIABLE} is {said!r}. Give a number of megabytes: 2048.")
    return int(said)


def _checked(buffer_mb: int) -> int:
    if buffer_mb * MB < LEAST_BUFFER:
        raise UsageError(
            f"A buffer of {buffer_mb} MB is too small. Give at least "
            f"{LEAST_BUFFER // MB} (buffer_mb=, or {VARIABLE})."
        )
    return buffer_mb


def _addresses_left() -> int | None:
    """Bytes that `ulimit -v` still allows this process; None where it has no limit."""
    if resource is None:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    return max(limit - psutil.Process().memory_info().vms, 0)


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()


class _Bounded(ladybug.Database):
    """A database that passes its buffer size on, which Ladybug 0.22 forgets."""

    def init_pybind_database(self) -> Any:
        if self._pybind_database is None:
            module = get_pybind_module()
            if module is None:
                return None
            self._pybind_database = module.Database(
                database_path=self.database_path,
                buffer_pool_size=self.buffer_pool_size,
                read_only=self.read_only,
                max_db_size=self.max_db_size,
                throw_on_wal_replay_failure=self.throw_on_wal_replay_failure,
            )
        return self._pybind_database
