"""A Neo4j with a graph of somebody's own in it; afterwards it is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from neo4j import Session

from basketweave.graph import connect
from basketweave.graph.neo4j import Neo4jStore
from basketweave.neo4j_server import ServerInfo
from tests.loaders.own_graph.shops import empty, session_on

Opened = Callable[[str], AbstractContextManager[Neo4jStore]]


@pytest.fixture(scope="module")
def server_session(neo4j_server: ServerInfo) -> Iterator[Session]:
    with session_on(neo4j_server) as opened:
        yield opened


@pytest.fixture
def session(server_session: Session) -> Session:
    """A session on the server, without any node."""
    empty(server_session)
    return server_session


@pytest.fixture
def opened(neo4j_server: ServerInfo) -> Opened:
    """Opens the server's graph under a prefix."""

    @contextmanager
    def under(prefix: str) -> Iterator[Neo4jStore]:
        user, password = neo4j_server.user, neo4j_server.password
        uri = neo4j_server.bolt_uri
        with connect(uri, prefix=prefix, user=user, password=password) as store:
            assert isinstance(store, Neo4jStore)
            yield store

    return under
