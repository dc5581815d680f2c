"""The store's file: read by many threads, written by one at a time.

Readers read the file as it is. A write makes a copy of it, works in the copy, and puts
the copy in the file's place once it is whole (`following`); a reader that has begun
goes on with the old state. So a write costs a copy of the file, .1 s of processor time
for each 200 MB. A killed process or a full disk loses only the write that it ends.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from basketweave.errors import SchemaError, StoreError
from basketweave.graph import forks
from basketweave.graph.embedded import dataset, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.on_disk.following import Following
from basketweave.graph.embedded.on_disk.opening import locked, place
from basketweave.graph.embedded.on_disk.state import OpenFile
from basketweave.graph.embedded.on_disk.writer import Writer

WINDOWS = os.name == "nt"


class StoreFile:
    """An open database file.

    Raises `SchemaError` where the file holds no graph of this package.
    """

    def __init__(
        self, path: Path, *, read_only: bool, buffer_mb: int | None = None
    ) -> None:
        self.path, self.read_only, self._buffer_mb = path, read_only, buffer_mb
        self._place = place(path, read_only=read_only, put_right=self._put_right)
        self._swap = threading.Lock()
        self._pinned = threading.local()
        self._state: OpenFile | None = None
        self._closed = self._forked = False
        self._writer = Writer(self._place.real, str(path), buffer_mb, self._exchange)
        self._lock = locked(self._place, read_only=read_only)
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        forks.opened(self)

    @property
    def changes(self) -> int:
        """The number of the state that this thread reads; it grows with each write."""
        state = getattr(self._pinned, "state", None) or self._state
        if self._writer.mine() is not None or state is None:
            return self._writer.writes
        return state.number

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A context with a session that sees one state, and refuses to write.

        Where this thread is in the middle of a write, the session sees that write so
        far.
        """
        mine = self._writer.mine()
        if mine is not None:
            with mine.reading() as session:
                yield session
            return
        with self.one_state(), self._pinned.state.reading() as session:
            yield session

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """A context in which this thread reads one state, whoever writes meanwhile."""
        if getattr(self._pinned, "state", None) is not None:
            yield
            return
        with self._swap:
            state = self._usable()
            state.enter()
        self._pinned.state = state
        try:
            yield
        finally:
            self._pinned.state = None
            state.leave()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A context with a session whose writes are kept at the end: all, or none.

        Inside `alone`, the end is that of the outermost `alone`. Raises `StoreError`
        where the file was opened for reading only.
        """
        if self.read_only:
            raise StoreError(
                f"{self.path} was opened for reading only. Open it without read_only."
            )
        if self._state is not None or self._closed:
            self._usable()
        with self._writer.transaction() as session:
            yield session

    def alone(self) -> AbstractContextManager[None]:
        """A context in which only this thread writes; its writes become one step."""
        return self._writer.together()

    def close(self) -> None:
        """Close the file and release the lock; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        with self._swap:
            if self._state is not None and not self._forked:
                self._state.over()
        self._lock.release()
        if self._place.private is not None and not self._forked:
            shutil.rmtree(self._place.private, ignore_errors=True)

    def forked(self) -> list[object]:
        """Make this object unusable in a forked child.

        Returns the objects that the child must not destroy.
        """
        self._forked = True
        # Another thread of the parent may have held it.
        self._swap = threading.Lock()
        self._lock.forget()
        state = self._state.native() if self._state is not None else []
        return [*state, *self._writer.forked()]

    def _put_right(self) -> None:
        StoreFile(self.path, read_only=False, buffer_mb=self._buffer_mb).close()

    def _open(self) -> None:
        """Open the file; make the tables of a new store; refuse any other database."""
        if self._place.shown.exists():
            self._state = self._opened(self._place.shown)
            with self.reading() as session:
                if dataset.present(session, str(self.path)):
                    return
            if self.read_only:
                raise SchemaError(
                    f"{self.path} holds no basketweave graph. Choose another path."
                )
        with self.writing() as session:
            schema.create_all(session)

    def _opened(self, path: Path) -> OpenFile:
        return OpenFile(
            path,
            self._writer.writes,
            buffer_mb=self._buffer_mb,
            named=str(self.path),
        )

    def _usable(self) -> OpenFile:
        if self._forked:
            raise StoreError(
                f"{self.path} was opened before this process was forked, and cannot "
                f"be used here. {forks.HOW}"
            )
        if self._closed or self._state is None:
            raise StoreError(f"{self.path} is closed. Open it again.")
        return self._state

    def _exchange(self, following: Following) -> None:
        """Open the new state, give it the file's name, and let new readers read it."""
        self._lock.follow(following.path)
        if WINDOWS:
            self._exchange_where_open_files_keep_their_names(following)
            return
        state = self._opened(following.path)
        try:
            following.replace()
        except BaseException:
            state.over()
            raise
        with self._swap:
            before, self._state = self._state, state
        if before is not None:
            before.over()

    def _exchange_where_open_files_keep_their_names(self, following: Following) -> None:
        """On Windows: wait for the old state's last reader, then replace the file."""
        real = self._place.real
        with self._swap:
            if self._state is not None:
                self._state.over(wait=True)
            try:
                following.replace()
            except BaseException:
                # What was read inside the write shall not pass for this state.
                self._writer.writes += 1
                raise
            finally:
                if real.exists():
                    self._state = self._opened(real)
