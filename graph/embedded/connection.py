"""One connection to the engine: statements, parameters, Arrow in and out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import ladybug
import polars as pl
import pyarrow as pa

from basketweave.graph.embedded.failures import explained

FEW = 20
"""Up to so many ids are looked up one by one, .15 ms each; more in one statement."""


class Session:
    """A connection; it raises every error of the engine as a `StoreError`."""

    def __init__(self, database: ladybug.Database, named: str) -> None:
        self._path = named
        self._connection = ladybug.Connection(database)
        self._threads, self._numbers = 0, count()

    def do(self, statement: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement and return nothing."""
        self._execute(statement, parameters)

    def frame(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> pl.DataFrame:
        """Run a statement; return a frame with a column for each returned name."""
        frame = pl.from_arrow(self.arrow(statement, parameters))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def arrow(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """Run a statement; return its result as one Arrow table."""
        return _arrow(self._interruptibly(statement, parameters))

    def rows(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[list[Any]]:
        """Run a statement; return its rows as lists: quicker than Arrow for a few."""
        return [list(row) for row in self._alone(statement, parameters).get_all()]

    def each(self, statement: str, ids: Sequence[str]) -> list[list[Any]]:
        """The rows of a statement about the node `{id: one}`, for each of these ids."""
        if len(ids) > FEW:
            return self.rows(f"UNWIND $ids AS one {statement}", {"ids": list(ids)})
        alone = statement.replace("{id: one}", "{id: $one}")
        return [row for one in ids for row in self.rows(alone, {"one": one})]

    def delete(self, match: str, what: str, asked: Mapping[str, Any]) -> int:
        """Delete what a MATCH calls `what`; how many there were."""
        n = int(self.rows(f"{match} RETURN count(*)", asked)[0][0])
        if n:
            self.do(f"{match} DELETE {what}", asked)
        return n

    def brief(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """As `arrow`, for a statement that ends before Ctrl-C could stop it.

        It runs in this thread: starting another one costs as much as the statement.
        """
        return _arrow(self._alone(statement, parameters))

    def copy(self, table: str, frame: pl.DataFrame | pa.Table) -> None:
        """Append a frame to a table: by far the quickest way to write rows."""
        if len(frame):
            self.feed(f"COPY {table} FROM $rows", frame)

    def feed(self, statement: str, frame: pl.DataFrame | pa.Table) -> None:
        """Run a statement that reads a frame as `$rows`.

        The parameter gets a new name each time: Ladybug keeps prepared statements by
        their text, and one that scans a frame crashes when it is run again.
        """
        name = f"rows{next(self._numbers)}"
        self._interruptibly(statement.replace("$rows", f"${name}"), {name: frame})

    def rollback(self) -> None:
        """Undo the transaction, unless the engine has done so itself after an error."""
        if not self._connection.is_closed:
            try:
                self._connection.execute("ROLLBACK")
            except RuntimeError as error:
                if "No active transaction" not in str(error):
                    raise explained(error, self._path) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _alone(
        self, statement: str, parameters: Mapping[str, Any] | None
    ) -> ladybug.QueryResult:
        """Execute on one of the engine's threads: waking more costs more than the work
        of a short statement."""
        return self._execute(statement, parameters, threads=1)

    def _execute(
        self,
        statement: str,
        parameters: Mapping[str, Any] | None,
        threads: int = 0,
    ) -> ladybug.QueryResult:
        if threads != self._threads:
            self._connection.set_max_threads_for_exec(threads)
            self._threads = threads
        try:
            result = self._connection.execute(statement, dict(parameters or {}))
        except RuntimeError as error:
            raise explained(error, self._path) from error
        return result[-1] if isinstance(result, list) else result

    def _interruptibly(
        self, statement: str, parameters: Mapping[str, Any] | None
    ) -> ladybug.QueryResult:
        """Execute in a second thread, so that Ctrl-C reaches the first and stops it.

        Signals only ever reach the main thread, so others work where they are.
        """
        if threading.current_thread() is not threading.main_thread():
            return self._execute(statement, parameters)
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self._execute, statement, parameters)
            try:
                return future.result()
            except KeyboardInterrupt:
                self._connection.interrupt()
                raise


def _arrow(result: ladybug.QueryResult) -> pa.Table:
    if not result.get_column_names():
        return pa.table({})
    return result.get_as_arrow(chunk_size=-1, fallbackExtensionTypes=True)
