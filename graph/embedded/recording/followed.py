"""The journal of a store as a process reads it while another one writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.graph.embedded.recording.journal import (
    Entry,
    Move,
    journal_of,
    read_entries,
)


class FollowedJournal:
    """Looks at each call whether there is more in the journal; one thread at a time.

    last   the number of the last entry that was read

    Raises `StoreError` where nobody shares the store any more.
    """

    def __init__(self, store: Path) -> None:
        self.last = 0
        self._version: int | None = None
        self._path = journal_of(store)
        with self._explained():
            self._database = sqlite3.connect(
                f"{self._path.as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self._database.execute("PRAGMA query_only = ON")

    def new(self) -> list[Entry]:
        """The entries since the last call, in order: 5 µs where there are none."""
        with self._explained():
            version = self._database.execute("PRAGMA data_version").fetchone()[0]
            if version == self._version:
                return []
            found = self.all(self.last)
            self._version = version
        return found

    def all(self, after: int = 0) -> list[Entry]:
        """The entries after this number that the store's file may not have."""
        with self._explained():
            found = read_entries(self._database, after)
        if found:
            self.last = max(self.last, found[-1].number)
        return found

    def move(self, file: int) -> Move | None:
        """How this file follows the one before it; None where all is to be read anew."""
        with self._explained():
            row = self._database.execute(
                "SELECT before, folded FROM moved WHERE file = ?", (file,)
            ).fetchone()
        return None if row is None else Move(*row)

    def close(self) -> None:
        """Let go of it."""
        self._database.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"{self._path} cannot be read ({error}): nobody shares the store any "
                "more. Start the service anew."
            ) from error
