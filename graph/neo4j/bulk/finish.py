"""Before an import: is there anything? After it: constraints and indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.schema import apply_schema


def holds(uri: str, *, user: str, password: str) -> int:
    """How many nodes the server at this address has, whoever made them."""
    with _opened(uri, user, password) as database:
        return int(database.read("MATCH (n) RETURN count(n)")[0][0])


def finish(
    uri: str, empty: Mapping[tuple[str, str], list[str]], *, user: str, password: str
) -> None:
    """Make constraints and indexes, wait for them, and set the lists that are empty.

    empty   by label and property, the ids of the nodes
    """
    with _opened(uri, user, password) as database:
        apply_schema(database)
        for (label, name), ids in empty.items():
            database.run_alone(
                f"UNWIND $ids AS id CALL (id) {{ MATCH (n:{label} {{id: id}}) "
                "SET n += $lists } IN TRANSACTIONS OF 10000 ROWS",
                ids=ids,
                lists={name: []},
            )


@contextmanager
def _opened(uri: str, user: str, password: str) -> Iterator[Database]:
    database = Database(uri, user=user, password=password)
    try:
        yield database
    finally:
        database.close()
