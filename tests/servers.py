"""The Neo4j that all tests share, emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock
from neo4j import GraphDatabase

from basketweave.graph import GraphStore, connect
from basketweave.neo4j_server import ServerInfo


def wipe(server: ServerInfo) -> None:
    """Delete all nodes, relationships and indexes of vectors."""
    login = (server.user, server.password)
    with (
        GraphDatabase.driver(server.bolt_uri, auth=login) as driver,
        driver.session() as session,
    ):
        session.run(
            "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()
        names = session.run("SHOW VECTOR INDEXES YIELD name RETURN name").value()
        for name in names:
            session.run(f"DROP INDEX `{name}`").consume()


def opened(server: ServerInfo | None) -> GraphStore:
    """The store on a server, which has to run."""
    assert server is not None
    return connect(server.bolt_uri, user=server.user, password=server.password)


@contextmanager
def alone_on(server: ServerInfo) -> Iterator[GraphStore]:
    """The server's store, empty before and after; others wait meanwhile.

    Community has one database: all tests that write to it take this lock.
    """
    with (
        FileLock(f"{server.home}.contract.lock"),
        opened(server) as store,
    ):
        wipe(server)
        yield store
        wipe(server)
