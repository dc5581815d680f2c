"""A private Neo4j server on this machine, started from packages, without Docker.

    server = Neo4jServer(default_home())
    info = server.start(report=print)   # the first start downloads Neo4j
    connect(info.bolt_uri, ...)
    server.stop()

Neo4j Community is free software under the GPL; it runs as a process of its own, and no
part of it is in this package.
"""

from basketweave.neo4j_server.places import (
    DEFAULT_VERSION,
    default_cache,
    default_home,
)
from basketweave.neo4j_server.record import ServerInfo
from basketweave.neo4j_server.server import Neo4jServer

__all__ = [
    "DEFAULT_VERSION",
    "Neo4jServer",
    "ServerInfo",
    "default_cache",
    "default_home",
]
