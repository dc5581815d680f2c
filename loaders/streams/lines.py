"""Lines of a pipe as they come, some at a time, none waiting longer than a moment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from queue import Empty, Queue
from threading import Thread

MOST, SECONDS = 1_000, 1.0
"""Lines that are handed on together, and how long the first of them waits at most."""

Numbered = list[tuple[int, bytes]]
"""Lines with their numbers, from 1."""


def batches(file: int) -> Iterator[Numbered]:
    """The lines of an open file, by its descriptor, until it ends.

    They are read in a thread of their own, since a pipe that brings nothing cannot be
    waited for only a while on every system.
    """
    lines: Queue[bytes | None] = Queue(10 * MOST)
    Thread(target=_read, args=(file, lines), daemon=True).start()
    number, open_ = 0, True
    while open_:
        batch: Numbered = []
        for line in _some(lines):
            if line is None:
                open_ = False
                break
            number += 1
            batch.append((number, line))
        if batch:
            yield batch


def _some(lines: Queue[bytes | None]) -> Iterator[bytes | None]:
    """The next line, and what comes within a moment of it."""
    yield lines.get()
    end = time.monotonic() + SECONDS
    for _ in range(MOST - 1):
        try:
            yield lines.get(timeout=max(end - time.monotonic(), 0))
        except Empty:
            return


def _read(file: int, lines: Queue[bytes | None]) -> None:
    rest = b""
    # Not through a buffered file, whose lock a thread would hold when Python ends.
    while found := _more(file):
        *whole, rest = (rest + found).split(b"\n")
        for line in whole:
            lines.put(line)
    if rest:
        lines.put(rest)
    lines.put(None)


def _more(file: int) -> bytes:
    try:
        return os.read(file, 2**16)
    except OSError:
        return b""
