"""One state of the store: a whole file that is only read, by many threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.on_disk.engine import opened


class OpenFile:
    """An open file, closed when the last who reads it is done and it is `over`.

    number   which write of this process made it: others have other numbers
    """

    def __init__(
        self, path: Path, number: int, *, buffer_mb: int | None, named: str
    ) -> None:
        self.number = number
        self._named = named
        self._database = opened(path, read_only=True, buffer_mb=buffer_mb, named=named)
        self._idle: SimpleQueue[Session] = SimpleQueue()
        self._changed = threading.Condition()
        self._readers, self._over = 0, False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on the file, which is never written and refuses to be."""
        session = self._take()
        try:
            yield session
        finally:
            self._idle.put(session)

    def enter(self) -> None:
        """Keep it open until `leave`."""
        with self._changed:
            self._readers += 1

    def leave(self) -> None:
        """One less needs it."""
        with self._changed:
            self._readers -= 1
            self._end()

    def over(self, *, wait: bool = False) -> None:
        """Nobody new comes: close it now, or when its last reader leaves."""
        with self._changed:
            self._over = True
            self._end()
            while wait and self._readers:
                self._changed.wait()

    def native(self) -> list[object]:
        """What must not be destroyed in a forked child."""
        return [self._database, self._idle]

    def _end(self) -> None:
        if self._over and not self._readers:
            while not self._idle.empty():
                self._idle.get().close()
            self._database.close()
            self._changed.notify_all()

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except Empty:
            return Session(self._database, self._named)
