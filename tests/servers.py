"""The Neo4j that all tests share, emptied."""

from __future__ import annotations

from neo4j import GraphDatabase

from basketweave.neo4j_server import ServerInfo


def wipe(server: ServerInfo) -> None:
    """Delete all nodes and relationships.

    Indexes of vectors stay, as they do for who does this by hand: each one dropped or
    made lets the server forget its plans, and these are what costs in tests.
    """
    login = (server.user, server.password)
    with (
        GraphDatabase.driver(server.bolt_uri, auth=login) as driver,
        driver.session() as session,
    ):
        session.run(
            "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        ).consume()
