"""Before an import: is there anything? After it: constraints and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.schema import apply_schema


def holds(uri: str, *, user: str, password: str) -> int:
    """How many nodes the server at this address has, whoever made them."""
    with _opened(uri, user, password) as database:
        return int(database.read("MATCH (n) RETURN count(n)")[0][0])


def finish(uri: str, *, user: str, password: str) -> None:
    """Make the constraints and indexes, and wait until they can be used."""
    with _opened(uri, user, password) as database:
        apply_schema(database)


@contextmanager
def _opened(uri: str, user: str, password: str) -> Iterator[Database]:
    database = Database(uri, user=user, password=password)
    try:
        yield database
    finally:
        database.close()
