"""Writing under a lock, in batches, by two sessions at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock
from typing import Any

import polars as pl
from neo4j import WRITE_ACCESS
from neo4j.exceptions import DriverError, Neo4jError

from basketweave.errors import StoreError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.together import SESSIONS, together
from basketweave.progress import Advance

BATCH = 5_000  # rows a transaction: as fast as 20,000, and a quarter of the heap
VALUES = 100_000  # times a transaction, where rows have lists of them
GATES = tuple(f"events {n}" for n in range(SESSIONS))
"""Names of locks, one for each session that writes events at once: whoever records
while a load is under way takes all of them, and so stands between two batches."""


@contextmanager
def exclusive(database: Database, what: str) -> Iterator[Writer]:
    """A context with a `Writer` that holds the lock named `what`, on any machine.

    The lock is a transaction that stays open, so the server itself releases it when
    this process, its machine or the network dies.
    """
    take = "MERGE (l:Lock {name: $name}) SET l.at = datetime()"
    query, given = database.ours(take, {"name": what})
    with database.explained(), database.session(WRITE_ACCESS) as session:
        lock = session.begin_transaction()
        lock.run(query, given).consume()
        writer = Writer(database)
        try:
            yield writer
        finally:
            with suppress(Neo4jError, DriverError, StoreError):
                writer.finish()
                lock.commit()


class Writer:
    """Writes in batches; counts a change before its first and after its last write.

    It counts twice, so that a reader that reads in between reads again at the end. A
    writer that writes nothing counts no change.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._began = False

    def begin(self) -> None:
        """Count a change before the first write, so that readers will read again."""
        if not self._began:
            self._count()
            self._began = True

    def finish(self) -> None:
        """Count a change after the last write, if any, for the same reason."""
        if self._began:
            self._count()

    def columns(
        self,
        statement: str,
        frame: pl.DataFrame,
        *,
        by: str | None = None,
        size: str | None = None,
        batch: int = BATCH,
        advance: Advance = lambda _: None,
    ) -> None:
        """Run `statement` for batches of rows, each column a list parameter.

        The statement opens with `UNWIND range(0, $n - 1) AS k` and reads
        `$column[k]`: columns take a third of the time of rows to encode. Rows of one
        `by` value stay in one session, so that two sessions never wait for each
        other's nodes; without `by` there is one session. `$gate` is the session's. `size` names a column of
        lists: batches are smaller where these are long. Ctrl-C stops between batches.
        """
        if frame.is_empty():
            return
        self.begin()
        stop, tell = Event(), _one_at_a_time(advance)

        def write(numbered: tuple[str, pl.DataFrame]) -> None:
            gate, share = numbered
            with (
                self.database.explained(),
                self.database.session(WRITE_ACCESS) as session,
            ):
                for part in _batches(share, batch, size):
                    if stop.is_set():
                        return
                    given = parameters(part) | {"gate": gate}
                    self.database.write_in(session, statement, given)
                    tell(len(part))

        shares = zip(GATES, _shares(frame, by), strict=False)
        together(write, list(shares), stop)

    def _count(self) -> None:
        self.database.write(
            "MATCH (d:Dataset {id: 'dataset'}) SET d.changes = d.changes + 1"
        )


def _shares(frame: pl.DataFrame, by: str | None) -> list[pl.DataFrame]:
    """One or two parts of about the same size, each in the order of the frame."""
    if by is None or len(frame) <= BATCH // 2:
        return [frame]
    middle = frame[by].sort()[len(frame) // 2]
    parts = frame.filter(pl.col(by) < middle), frame.filter(pl.col(by) >= middle)
    return [part for part in parts if len(part)]


def _batches(
    frame: pl.DataFrame, most: int, size: str | None
) -> Iterator[pl.DataFrame]:
    """Slices of at most `most` rows and `VALUES` values, unless one row has more."""
    lengths = frame[size].list.len().to_list() if size else [1] * len(frame)
    start = held = 0
    for row, length in enumerate(lengths):
        if row > start and (row - start >= most or held + length > VALUES):
            yield frame[start:row]
            start, held = row, 0
        held += length
    yield frame[start:]


class _Column(list[Any]):
    """A list with a short `repr`.

    The driver takes the `repr` of all parameters for its log, also where nobody sees
    it: that was 95 % of its time to send a batch of vectors.
    """

    def __repr__(self) -> str:
        return f"[{len(self)} values]"


def parameters(part: pl.DataFrame) -> dict[str, Any]:
    """The columns as list parameters, and their length as `n`."""
    columns = {c.name: _Column(c.to_list()) for c in part.iter_columns()}
    return {"n": len(part)} | columns


def _one_at_a_time(advance: Advance) -> Advance:
    lock = Lock()

    def tell(size: float) -> None:
        with lock:
            advance(size)

    return tell
