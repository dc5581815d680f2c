"""What a forked process may not do: use threads that only its parent has.

The embedded engine and polars each keep threads of their own. A forked child has the
locks of those threads but not the threads, so a call that needs them waits for ever.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from pathlib import Path
from typing import Protocol

from basketweave.errors import StoreError

HOW = (
    "Start processes with multiprocessing's 'spawn' or 'forkserver', or have the "
    "server load its application in each worker (gunicorn without --preload), so that "
    "each opens the store by itself."
)


class Open(Protocol):
    """An open resource that a forked child must not share with its parent."""

    def forked(self) -> list[object]:
        """Drop it in the child; returns the objects that must not be destroyed."""
        ...


class _Process:
    """Whether this process can work: False in a child of one that had begun to."""

    usable = True
    begun = False


_OPEN: weakref.WeakSet[Open] = weakref.WeakSet()


def opened(one: Open) -> None:
    """Remember an open resource for as long as it exists."""
    _Process.begun = True
    _OPEN.add(one)


def check() -> None:
    """Raise `StoreError` in a process where work with a store would hang."""
    if not _Process.usable:
        raise StoreError(
            "This process was forked from one that had already worked with a store or "
            f"with polars, whose threads do not come along: it would hang. {HOW}"
        )


def _before() -> None:
    _Process.begun = _Process.begun or _polars_has_threads()


def _in_child() -> None:
    _Process.usable = _Process.usable and not _Process.begun
    for one in list(_OPEN):
        for native in one.forked():
            # Its end would wait for threads that are not there.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(native))
    _OPEN.clear()


def _polars_has_threads() -> bool:
    """By the threads' names, which only Linux lists."""
    tasks = Path("/proc/self/task")
    try:
        names = [(task / "comm").read_text() for task in tasks.iterdir()]
    except OSError:
        return False
    return any(name.startswith("polars-") and name[7:8].isdigit() for name in names)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_child=_in_child)
