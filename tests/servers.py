"""The Neo4j that all tests share, emptied."""

from __future__ import annotations

from neo4j import GraphDatabase

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
