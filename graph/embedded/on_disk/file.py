"""The store's file: read by many threads, written by one at a time.

Readers read the file as it is. A write makes a copy of it, works there, and puts it in
the file's place once it is whole (`following`): whoever was reading goes on reading
the state before. So a write costs a copy of the file, .1 s of processor time for each
200 MB, and a process or a disk that ends in the middle of it costs nothing.
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
    """An open database file."""

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
        """Which of this process's writes made the state that this thread reads."""
        state = getattr(self._pinned, "state", None) or self._state
        if self._writer.mine() is not None or state is None:
            return self._writer.writes
        return state.number

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state throughout, and refuses to write.

        Where this thread is in the middle of a write, that is the state so far.
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
        """What this thread reads inside is all of one state, whoever writes."""
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
        """A session whose work is kept whole at the end, or not at all.

        Inside `alone` the end is that of the outermost one.
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
        """No other thread writes inside, and what is written is one step."""
        return self._writer.together()

    def close(self) -> None:
        """Let go of the file and the lock; a second time does nothing."""
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
        """In a forked child: nothing of this can be used, nor ended."""
        self._forked = True
        # Another thread of the parent may have held it.
        self._swap = threading.Lock()
        self._lock.forget()
        state = self._state.native() if self._state is not None else []
        return [*state, *self._writer.forked()]

    def _put_right(self) -> None:
        StoreFile(self.path, read_only=False, buffer_mb=self._buffer_mb).close()

    def _open(self) -> None:
        """Read what is there; make the tables of a new store; refuse another's."""
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
        """Open the new state, let it take the name, and show it to who comes now."""
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
        """On Windows: once the last reader of the state before is done."""
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
