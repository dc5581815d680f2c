"""One database on one server: sessions, retries and errors in one place."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from functools import lru_cache
from typing import Any, LiteralString, Protocol, TypeVar

from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    ManagedTransaction,
    NotificationMinimumSeverity,
    Session,
    Transaction,
)
from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from basketweave.errors import ServerLost
from basketweave.graph.neo4j.adopted.spelling import Spelling
from basketweave.graph.neo4j.failures import explained, is_worth_another_try, packed
from basketweave.version import __version__

RowLists = list[list[Any]]
T = TypeVar("T")

# Internal node ids (`id(n)`) are what makes matching and exporting fast; Cypher 5
# has them on every release, so what this package sends is pinned to it.
_DIALECT = "CYPHER 5\n"
_DEADLOCKS = Retrying(
    retry=retry_if_exception(is_worth_another_try),
    stop=stop_after_delay(30),
    wait=wait_random_exponential(0.1, max=3),
    reraise=True,
)


class InTransaction(Protocol):
    """Runs a statement in a transaction, and gives its rows."""

    def __call__(self, statement: str, /, **parameters: Any) -> RowLists: ...


class Database:
    """Runs statements; raises every failure as a `StoreError` with a next step.

    In an adopted graph it says them in that graph's words; see `Spelling`.
    """

    def __init__(
        self,
        uri: str,
        *,
        user: str,
        password: str,
        name: str | None = None,
        timeout: float = 15.0,
        prefix: str | None = None,
    ) -> None:
        self.uri = uri
        self.name = name
        self.spelling = Spelling(prefix)
        with self.explained():
            self._driver = _driver(uri, user, password, timeout)

    def explained(self) -> AbstractContextManager[None]:
        """A context that raises errors of the driver as `StoreError`."""
        return explained(self.uri)

    def read(self, statement: str, /, **parameters: Any) -> RowLists:
        """The rows of a read statement, retried where the connection breaks."""
        query, given = self.ours(statement, parameters)
        with self.explained(), self.session(READ_ACCESS) as session:
            rows = session.execute_read(lambda tx: tx.run(query, given).values())
        return self.spelling.returned(statement, rows)

    def write(self, statement: str, /, **parameters: Any) -> RowLists:
        """Run one statement in a transaction of its own; return its rows.

        It is retried after a deadlock. Where the connection breaks, it raises
        `ServerLost` instead: nobody knows then whether the commit arrived, so the
        caller has to check what is in the graph.
        """
        with self.explained(), self.session(WRITE_ACCESS) as session:
            return self.write_in(session, statement, parameters)

    def write_in(
        self, session: Session, statement: str, parameters: Mapping[str, Any]
    ) -> RowLists:
        """Run one statement in a transaction of an open session, as `write` does."""
        query, given = self.ours(statement, parameters)

        def once() -> RowLists:
            with session.begin_transaction() as tx:
                rows = tx.run(query, given).values()
                tx.commit()
                return rows

        return self.spelling.returned(statement, _DEADLOCKS.copy()(once))

    def in_transaction(self, work: Callable[[InTransaction], T]) -> T:
        """Do `work` in one transaction, again from its start at a deadlock."""

        def once(session: Session) -> T:
            with session.begin_transaction() as tx:
                done = work(self._running(tx))
                tx.commit()
                return done

        with self.explained(), self.session(WRITE_ACCESS) as session:
            return _DEADLOCKS.copy()(once, session)

    def again(self, work: Callable[[InTransaction], T]) -> T:
        """Do `work` in one transaction, again also where the connection breaks.

        Nobody knows then whether the commit arrived: done twice, `work` has to find that
        it is done.
        """
        with self.explained(), self.session(WRITE_ACCESS) as session:
            return session.execute_write(lambda tx: work(self._running(tx)))

    def _running(self, tx: Transaction | ManagedTransaction) -> InTransaction:
        def run(statement: str, /, **parameters: Any) -> RowLists:
            query, given = self.ours(statement, parameters)
            return self.spelling.returned(statement, tx.run(query, given).values())

        return run

    def query(
        self, statement: str, parameters: dict[str, Any]
    ) -> tuple[list[str], RowLists]:
        """The column names and rows of a person's own statement, which may only read.

        Raises `UsageError` for a parameter that Bolt cannot carry.
        """

        query, given = self.said(statement, parameters)

        def work(tx: ManagedTransaction) -> tuple[list[str], RowLists]:
            with packed():
                result = tx.run(query, given)
            return list(result.keys()), result.values()

        with self.explained(), self.session(READ_ACCESS) as session:
            names, rows = session.execute_read(work)
        return names, self.spelling.returned(statement, rows)

    def records(
        self, statement: str, parameters: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The rows of a read statement as dicts, in as few round trips as possible."""
        query, given = self.said(statement, parameters)
        with self.explained():
            found = self._driver.execute_query(
                query, given, routing_="r", database_=self.name
            )
        rows = [{name: row[name] for name in found.keys} for row in found.records]
        return self.spelling.returned(statement, rows)

    def run_alone(self, statement: str, /, **parameters: Any) -> RowLists:
        """Run a statement with transactions of its own (CALL { } IN TRANSACTIONS)."""
        query, given = self.ours(statement, parameters)
        with self.explained(), self.session(WRITE_ACCESS) as session:
            rows = session.run(query, given).values()
        return self.spelling.returned(statement, rows)

    def said(
        self, statement: str, parameters: Mapping[str, Any]
    ) -> tuple[LiteralString, dict[str, Any]]:
        """A statement and its parameters in the words of this graph."""
        spelling = self.spelling
        return trusted(spelling.statement(statement)), spelling.given(parameters)

    def ours(
        self, statement: str, parameters: Mapping[str, Any]
    ) -> tuple[LiteralString, dict[str, Any]]:
        """The same of a statement of this package, all parameters in one map.

        For a list or a text that is given by itself the server makes another plan at
        each power of ten of its size, some 100 ms each time; in a map it is planned once
        (measured on 5.26).
        """
        query, given = self.said(_DIALECT + statement, parameters)
        return trusted(_in_one_map(query)), {"given": given} if given else {}

    def unprefixed(self) -> Database:
        """The same database, asked in its owner's words."""
        other = copy(self)
        other.spelling = Spelling()
        return other

    def session(self, access: str) -> Session:
        """A session that sees what all earlier sessions of this store have written."""
        return self._driver.session(
            database=self.name,
            default_access_mode=access,
            # One fetch for all rows: measured 2 x faster for exports.
            fetch_size=-1,
            bookmark_manager=self._driver.execute_query_bookmark_manager,
        )

    def wait_until_up(self, seconds: float) -> None:
        """Wait until the server answers; raise `ServerLost` after so many `seconds`."""
        Retrying(
            retry=retry_if_exception_type(ServerLost),
            stop=stop_after_delay(seconds),
            wait=wait_random_exponential(0.2, max=5),
            reraise=True,
        )(self.check)

    def check(self) -> None:
        """Raise `StoreError` where the server, user or database cannot be used."""
        with self.explained(), self.session(READ_ACCESS) as session:
            session.run("RETURN 1").consume()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()


def resuming(database: Database, work: Callable[[], T], *, patience: float) -> T:
    """Return the result of `work`; call it again after the server was lost for a while.

    patience   seconds to wait for the server; then `ServerLost` is raised

    `work` starts again from its beginning, so it has to find what is already done.
    """
    for _ in range(5):
        try:
            return work()
        except ServerLost:
            database.wait_until_up(patience)
    return work()


def trusted(text: str) -> LiteralString:
    """`text` in the type that the driver takes; check the names in it before."""
    return text  # pyright: ignore[reportReturnType]


@lru_cache(2_000)
def _in_one_map(statement: str) -> str:
    return re.sub(r"\$(\w+)", r"$given.\1", statement)


def _driver(uri: str, user: str, password: str, timeout: float) -> Driver:
    # Without a handler of the application's, Python would print every retry.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    return GraphDatabase.driver(
        uri,
        auth=(user, password),
        user_agent=f"basketweave/{__version__}",
        notifications_min_severity=NotificationMinimumSeverity.OFF,
        connection_acquisition_timeout=timeout,
        connection_timeout=timeout,
        # A connection that a load balancer or a restart cut is found out here
        # instead of by the first request of a visitor.
        liveness_check_timeout=30,
        max_connection_pool_size=50,
        max_transaction_retry_time=timeout,
        keep_alive=True,
    )
