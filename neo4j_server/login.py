"""Waiting for a server to answer, and setting its first password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

from neo4j import GraphDatabase, Session
from neo4j.exceptions import AuthError, DriverError, Neo4jError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from basketweave.errors import StoreError
from basketweave.neo4j_server.home import Home
from basketweave.neo4j_server.record import LOOPBACK, USER, Record

FIRST = "neo4j"  # the password of every new Neo4j, which permits only to change it
NOT_YET = (DriverError, Neo4jError, OSError, HTTPException)


def wait_until_ready(
    record: Record, home: Home, *, check: Callable[[], None], timeout: float
) -> None:
    """Return once a query has run with the home's password and http answers too.

    `check` is called before each try, and may raise to give up. After `timeout` seconds
    the last refusal (one of `NOT_YET`) is raised.
    """
    for attempt in Retrying(
        retry=retry_if_exception_type(NOT_YET),
        stop=stop_after_delay(timeout),
        wait=wait_fixed(0.25),
        reraise=True,
    ):
        with attempt:
            check()
            _log_in(record.bolt_port, home)
            _greet(record.http_port)


def _log_in(port: int, home: Home) -> None:
    password = home.first_password()
    try:
        with _session(port, password) as session:
            session.run("RETURN 1").consume()
    except AuthError:
        # A new database, or one whose starter was killed before it came to this. Raised
        # all the same: the next try shows whether the new password holds.
        _set_password(port, home, password)
        raise


def _set_password(port: int, home: Home, password: str) -> None:
    statement = "ALTER CURRENT USER SET PASSWORD FROM $first TO $password"
    try:
        with _session(port, FIRST, database="system") as session:
            session.run(statement, first=FIRST, password=password).consume()
    except AuthError as error:
        raise StoreError(
            f"The database in {home.folder} refuses the password in {home.password_file}. "
            f"Put the right one there, or remove {home.folder} to begin with an empty "
            "database."
        ) from error


@contextmanager
def _session(
    port: int, password: str, database: str | None = None
) -> Iterator[Session]:
    uri, auth = f"bolt://{LOOPBACK}:{port}", (USER, password)
    with (
        GraphDatabase.driver(uri, auth=auth, connection_timeout=5) as driver,
        driver.session(database=database) as session,
    ):
        yield session


def _greet(port: int) -> None:
    # Not urllib, which would ask a proxy that the environment names.
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    finally:
        connection.close()
