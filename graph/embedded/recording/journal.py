"""`STORE.journal`: changes that are on the disk, and not in the store's file yet.

A write of the file copies it, which costs what the store holds. So an event, or what is
said of a user or an item, is appended here, in one transaction of SQLite's, and put into the file by the next write
that copies it anyway, or by the first who reads all of it.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

from basketweave.errors import StoreError
from basketweave.graph.embedded.failures import no_room, unwritten
from basketweave.graph.impressions import Impression
from basketweave.graph.planned.placing import Placed
from basketweave.graph.recorded import Event
from basketweave.graph.upserted import Said

LOG = logging.getLogger(__name__)
COMPANIONS = ("-wal", "-shm")
"""What SQLite keeps beside the journal while it is open, or was when it was killed."""

_TABLE = """
CREATE TABLE IF NOT EXISTS change(
  number INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, content TEXT NOT NULL
)
"""
_MOVED = """
CREATE TABLE IF NOT EXISTS moved(
  file INTEGER NOT NULL, before INTEGER NOT NULL, folded INTEGER NOT NULL
)
"""
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


Change: TypeAlias = Event | Said | Placed | Impression
"""An event, what is said of a user or an item, a vector of a new item, or what was
shown."""
_KINDS: dict[str, Callable[..., Change]] = {
    one.__name__.lower(): one for one in (Event, Said, Placed, Impression)
}


class Entry(NamedTuple):
    """A change of the journal: a later one has a higher number."""

    number: int
    change: Change


class Move(NamedTuple):
    """How the store's file came into its place: by a write of models alone.

    before   the number of the file before it (its inode)
    folded   the last entry of the journal that it has
    """

    before: int
    folded: int


class Journal:
    """The journal of one store, made by the first event; one thread at a time.

    shared   whether other processes follow what is written (`followed`)
    """

    def __init__(self, store: Path, named: str) -> None:
        self.path = journal_of(store)
        self._store, self._named = store, named
        self._open: sqlite3.Connection | None = None
        self.shared = False

    def share(self) -> None:
        """Let other processes follow it from now on."""
        with self._transaction() as database:
            database.execute(_MOVED)
        self.shared = True

    def moved(self, file: int, move: Move | None) -> None:
        """Say before a file comes into the store's place how it follows the one there.

        None: all of it may be new. That takes back what was said of an earlier file,
        whose number this one may have.
        """
        with self._transaction() as database:
            database.execute("DELETE FROM moved")
            if move is not None:
                database.execute("INSERT INTO moved VALUES (?, ?, ?)", (file, *move))

    def entries(self) -> list[Entry]:
        """What stands in it, in order."""
        if not self.path.exists():
            return []
        with self._explained():
            return read_entries(self._database())

    def append(self, changes: Sequence[Change]) -> list[Entry]:
        """Put changes on the disk, all of them or none."""
        if not changes:
            return []
        with self._transaction() as database:
            last = database.execute("SELECT max(seq) FROM sqlite_sequence").fetchone()
            entries = [
                Entry(n, one) for n, one in enumerate(changes, (last[0] or 0) + 1)
            ]
            database.executemany(
                "INSERT INTO change(number, what, content) VALUES (?, ?, ?)",
                [(n, type(one).__name__.lower(), _text(one)) for n, one in entries],
            )
        return entries

    def forget(self, number: int) -> None:
        """Remove the entries up to this one: they are in the store's file.

        Where that fails they stay, and are found to be there already.
        """
        try:
            with self._transaction() as database:
                database.execute("DELETE FROM change WHERE number <= ?", (number,))
            # SQLite's log has what was removed until it begins anew.
            with self._explained():
                self._database().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except StoreError as error:
            LOG.warning(
                "%s: what the file holds stays in its journal too: %s",
                *(self._named, error),
            )

    def set_aside(self) -> None:
        """Keep the journal of a store that is gone from being that of a new one."""
        if not self.path.exists():
            return
        for end in ("", *COMPANIONS):
            old = Path(f"{self.path}{end}")
            if old.exists():
                os.replace(old, f"{self.path}.kept{end}")
        LOG.warning(
            "%s: there is no store, but events that were recorded in one of this name. "
            "They are kept in %s.kept.",
            *(self._named, self.path.name),
        )

    def close(self) -> None:
        """Let go of it, and remove it where nothing stands in it."""
        empty = False
        if self._open is not None:
            with suppress(sqlite3.Error):
                rows = self._open.execute("SELECT count(*) FROM change")
                empty = rows.fetchone() == (0,)
            self._open.close()
            self._open = None
        if empty:
            for end in ("", *COMPANIONS):
                Path(f"{self.path}{end}").unlink(missing_ok=True)

    def forked(self) -> list[object]:
        """In a forked child: SQLite's connection, which it may neither use nor end."""
        native: list[object] = [self._open] if self._open is not None else []
        self._open = None
        return native

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._explained():
            database = self._database()
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have done so itself
                    database.execute("ROLLBACK")
                raise

    def _database(self) -> sqlite3.Connection:
        if self._open is None:
            self._make()
            database = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False
            )
            try:
                database.execute("PRAGMA journal_mode = WAL")
                # The disk has a transaction when it ends, not only the kernel.
                database.execute("PRAGMA synchronous = FULL")
                # Of what is removed, of a person who is forgotten too, nothing stays.
                database.execute("PRAGMA secure_delete = ON")
                database.execute(_TABLE)
            except BaseException:
                database.close()
                raise
            self._open = database
        return self._open

    def _make(self) -> None:
        """With the rights that the store has, and never through somebody's link."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        mode = self._store.stat().st_mode & 0o777 if self._store.exists() else 0o666
        os.close(os.open(self.path, flags, mode))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unwritten(self._named, error) from error
        except sqlite3.Error as error:
            raise _explanation(self._named, self.path, error) from error


def read_entries(database: sqlite3.Connection, after: int = 0) -> list[Entry]:
    """The entries after the one of this number, in order."""
    rows = database.execute(
        "SELECT number, what, content FROM change WHERE number > ? ORDER BY number",
        (after,),
    )
    return [
        Entry(number, _KINDS[what](*json.loads(content)))
        for number, what, content in rows
    ]


def journal_of(store: Path) -> Path:
    """The name of a store's journal."""
    return store.with_name(f"{store.name}.journal")


def _text(change: Change) -> str:
    return _JSON.encode(list(change))


def _explanation(named: str, path: Path, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _FULL:
        return no_room(named, str(error))
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(
            f"{path}, where events stand that were recorded last, cannot be read "
            f"({error}). Move it elsewhere to go on without them."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            f"{path} is in use by another program ({error}). Close that, and do the "
            "same again."
        )
    return StoreError(
        f"{path} cannot be written ({error}). May you write to its folder? Nothing was "
        "recorded."
    )
