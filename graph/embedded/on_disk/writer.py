"""One thread's writes as one step: made in a copy, and all kept at the end, or none."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.failures import unwritten
from basketweave.graph.embedded.on_disk.following import Following
from basketweave.graph.embedded.on_disk.freed import give_back


class Writer:
    """Lets one thread write at a time.

    `begun` is told of each new copy, and `exchange` puts one in the file's place.
    """

    def __init__(
        self,
        path: Path,
        named: str,
        buffer_mb: int | None,
        begun: Callable[[Following], None],
        exchange: Callable[[Following], None],
    ) -> None:
        self.writes = 0
        """A number that grows with each write, and tells states apart."""
        self._path, self._named, self._buffer_mb = path, named, buffer_mb
        self._at_begin, self._exchange = begun, exchange
        self._one_thread = threading.RLock()
        self._depth = self._owner = 0
        self._spoilt = False
        self._following: Following | None = None

    @contextmanager
    def transaction(self, *, graph: bool = True) -> Iterator[Session]:
        """A context with a session that writes to the copy in one transaction.

        graph   whether users, items or what ties them may be others afterwards

        The session is closed at the end, as it keeps every frame that it was given.
        """
        with self.together():
            following = self.begun()
            if graph:
                following.follows = None
            session = following.session()
            try:
                session.do("BEGIN TRANSACTION")
                yield session
                session.do("COMMIT")
            except BaseException:
                with suppress(StoreError):
                    session.rollback()
                raise
            finally:
                self.writes += 1
                session.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """A context in which only this thread writes.

        The end of the outermost one keeps all writes. Raises `StoreError` there where
        one of the writes inside has failed.
        """
        with self._one_thread:
            self._depth += 1
            self._owner = threading.get_ident()
            try:
                yield
            except BaseException:
                self._break_off()
                raise
            else:
                if self._depth == 1:
                    self._keep()
            finally:
                self._depth -= 1
                if not self._depth:
                    self._owner = 0

    def mine(self) -> Following | None:
        """The copy in which this very thread is writing."""
        return self._following if self.here else None

    def forked(self) -> list[object]:
        """The objects that must never be destroyed in a forked child."""
        # Another thread of the parent may have held it.
        self._one_thread = threading.RLock()
        return self._following.native() if self._following is not None else []

    @property
    def here(self) -> bool:
        """Whether this very thread is inside `together`, and so the one that writes."""
        return self._owner == threading.get_ident()

    @property
    def idle(self) -> bool:
        """Whether no thread is inside `together`."""
        return not self._owner

    def begun(self) -> Following:
        """The copy of the outermost `together`, made where there is none yet."""
        if self._spoilt:
            raise self._half_done()
        if self._following is None:
            if self._path.exists() and not os.access(self._path, os.W_OK):
                raise unwritten(self._named, PermissionError(EACCES, "not yours"))
            self._following = Following(
                self._path, buffer_mb=self._buffer_mb, named=self._named
            )
            self._at_begin(self._following)
            self.writes += 1
        return self._following

    def _keep(self) -> None:
        spoilt, self._spoilt = self._spoilt, False
        if spoilt:
            raise self._half_done()
        if self._following is None:
            return
        try:
            self._following.finish()
            self._exchange(self._following)
            self._following = None
            give_back()
        except BaseException:
            self._break_off()
            raise

    def _break_off(self) -> None:
        """Discard the copy; the store is as before the outermost `together`."""
        following, self._following = self._following, None
        self._spoilt = self._depth > 1
        self.writes += 1  # tells what was read meanwhile from later states
        if following is not None:
            following.discard()

    def _half_done(self) -> StoreError:
        return StoreError(
            f"A write to {self._named} failed, so nothing of the writes that belong "
            "together with it is kept. Do all of them again."
        )
