"""The store's file: opened once, read by many threads, written by one at a time.

What a kill leaves, measured on Ladybug 0.22: the log holds changed rows and tables, but
not copied rows, which come with the checkpoint at the end of a COMMIT. Killed during
that COMMIT, a transaction with both keeps its rows and loses its copies. So what makes
a copy matter (a model going live, a table taking another's name) is a transaction of
its own, after that of the copy.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import ladybug

from basketweave.errors import SchemaError, StoreError
from basketweave.graph.embedded import dataset, tables
from basketweave.graph.embedded.failures import explained
from basketweave.graph.embedded.lock import FileLock
from basketweave.graph.embedded.session import Session
from basketweave.graph.schema import DATASET


class StoreFile:
    """An open database file. `changes` counts this process's own writes to it."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        if read_only and not path.exists():
            raise StoreError(
                f"There is no store at {path}. Make one: "
                f"basketweave load complete_journey --store {path}"
            )
        self.path, self.read_only, self.changes = path, read_only, 0
        self._idle: SimpleQueue[Session] = SimpleQueue()
        self._writer = threading.RLock()
        self._closed = self._broken = False
        self._lock = FileLock(path, shared=read_only)
        try:
            self._database = self._opened()
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state throughout, and refuses to write."""
        session = self._take()
        session.do("BEGIN TRANSACTION READ ONLY")
        try:
            yield session
        except BaseException:
            session.rollback()
            raise
        else:
            session.do("COMMIT")
        finally:
            self._idle.put(session)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work is kept whole at the end, or not at all.

        See above for a process that is killed just while this ends.
        """
        if self.read_only:
            raise StoreError(
                f"{self.path} was opened for reading only. Open it without read_only."
            )
        with self.alone():
            session = self._session()
            try:
                session.do("BEGIN TRANSACTION")
                yield session
                self._commit(session)
            except BaseException:
                session.rollback()
                raise
            finally:
                self.changes += 1
                # Frames stay with the session's prepared statements: not kept idle.
                session.close()

    def alone(self) -> AbstractContextManager[object]:
        """No other thread writes inside: for work of several transactions."""
        return self._writer

    def close(self) -> None:
        """Close every session, the database and the lock; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        while not self._idle.empty():
            self._idle.get().close()
        if hasattr(self, "_database"):
            self._database.close()
        self._lock.release()

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._session()

    def _session(self) -> Session:
        if self._closed or self._broken:
            state = (
                "closed" if self._closed else "not as its file (see the error before)"
            )
            raise StoreError(f"{self.path} is {state}. Close it and open it again.")
        return Session(self._database)

    def _commit(self, session: Session) -> None:
        try:
            session.do("COMMIT")
        except StoreError:
            # Where the disk is full, the engine shows in memory what the file lacks.
            self._broken = True
            while not self._idle.empty():
                self._idle.get().close()
            raise

    def _opened(self) -> ladybug.Database:
        try:
            return ladybug.Database(self.path, read_only=self.read_only)
        except (RuntimeError, OSError) as error:
            raise explained(error, str(self.path)) from error

    def _prepare(self) -> None:
        """Make the tables of a new store; refuse one that is not ours or is newer."""
        with self.reading() as session:
            there = tables.names(session)
            if DATASET in there:
                dataset.check(session, str(self.path))
                return
        if there or self.read_only:
            raise SchemaError(
                f"{self.path} holds no basketweave graph. Choose another path."
            )
        with self.writing() as session:
            tables.create_all(session)
