"""Errors of the driver and the server, as errors that say the next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    DatabaseUnavailable,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from basketweave.errors import ServerLost, StoreError, UsageError

_LOST = (ServiceUnavailable, SessionExpired, DatabaseUnavailable)
_NEXT_STEP = {
    "Neo.ClientError.Database.DatabaseNotFound": (
        "The server has no such database. Leave `database` out to use its default, "
        "or create it: CREATE DATABASE … (Enterprise and Aura)."
    ),
    "Neo.ClientError.Statement.AccessMode": (
        "run() only reads. Change the graph through load, derive and publish, or in "
        "Neo4j Browser."
    ),
    "Neo.DatabaseError.Transaction.TransactionStartFailed": (
        "run() only reads, in one transaction: leave IN TRANSACTIONS out."
    ),
    **dict.fromkeys(
        (
            "Neo.ClientError.Security.Forbidden",
            "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
            "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",
        ),
        "This user may not write here, and nothing was changed. Ask for the right, or "
        "log in as another: NEO4J_USERNAME and NEO4J_PASSWORD.",
    ),
    "Neo.ClientError.Statement.SyntaxError": "Correct the statement and run it again.",
    "Neo.ClientError.Statement.ParameterMissing": (
        "Give run() a value for every $parameter of the statement."
    ),
    "Neo.ClientError.Schema.ConstraintValidationFailed": (
        "The graph already holds what the constraints forbid. Remove the duplicates "
        "in Neo4j Browser, or load into an empty database."
    ),
}


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """A context that raises errors of the driver as `StoreError` with the next step.

    Where the server was lost, the error is `ServerLost`.
    """
    try:
        yield
    except _LOST as error:
        raise ServerLost(_unreachable(uri, error)) from error
    except (Neo4jError, DriverError) as error:
        raise StoreError(_explanation(uri, error)) from error


@contextmanager
def packed() -> Iterator[None]:
    """A context that raises `UsageError` for a parameter that Bolt cannot carry."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(
            f"A parameter of run() has a value that Neo4j cannot take ({error}). Use "
            "text, numbers of 64 bits, dates, and lists or dicts of them."
        ) from error


def is_worth_another_try(error: BaseException) -> bool:
    """Whether nothing was written and a retry may succeed, as after a deadlock."""
    return (
        isinstance(error, TransientError)
        and not isinstance(error, DatabaseUnavailable)
        and "OutOfMemory" not in str(error.code)
    )


def _unreachable(uri: str, error: Exception) -> str:
    reason = _first_line(error).partition(" (resolved")[0]
    return (
        f"No Neo4j answers at {uri} ({reason}). Start it (basketweave neo4j start), or "
        "correct the address. What was broken off can be run again and loses nothing."
    )


def _explanation(uri: str, error: Neo4jError | DriverError) -> str:
    if isinstance(error, AuthError):
        return (
            f"{uri} refuses this user name and password. Set NEO4J_USERNAME and "
            "NEO4J_PASSWORD, or pass user= and password=."
        )
    if isinstance(error, ConfigurationError):
        return (
            f"{uri} cannot be used as an address ({_first_line(error)}). "
            "Write it as neo4j://host:7687, bolt://… or neo4j+s://… for Aura."
        )
    if isinstance(error, ConnectionAcquisitionTimeoutError):
        return f"All connections to {uri} are in use. Close other stores, or wait."
    return f"{uri}: {_first_line(error)}. {_next_step(error)}"


def _next_step(error: Neo4jError | DriverError) -> str:
    code = str(getattr(error, "code", ""))
    if "OutOfMemory" in code:
        return (
            "The server ran out of memory. Raise server.memory.heap.max_size (or "
            "dbms.memory.transaction.total.max) in neo4j.conf and run it again."
        )
    if code in _NEXT_STEP:
        return _NEXT_STEP[code]
    if isinstance(error, ClientError):
        return "Correct the statement or its parameters and run it again."
    return "Run it again; if it stays, see the server's logs/debug.log."


def _first_line(error: BaseException) -> str:
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return str(message).strip().splitlines()[0].rstrip(" :.")
