"""Stores that tests only read: each is filled once for the tests of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from basketweave.graph import GraphStore, connect
from basketweave.neo4j_server import ServerInfo
from tests.servers import wipe

Fill = Callable[[GraphStore], object]
Standing = Callable[[Fill], GraphStore]


class Shelf(Protocol):
    """Where stores stand; a function that fills one is known by its name."""

    def filled(self, fill: Fill) -> GraphStore:
        """The open store that was filled so."""

    def forget(self, fill: Fill) -> None:
        """Fill it anew for the next test: this one is no longer as it was."""

    def close(self) -> None:
        """Close what is open."""


class Files:
    """Embedded stores, each a file in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self._open: dict[str, GraphStore] = {}

    def filled(self, fill: Fill) -> GraphStore:
        name = fill.__qualname__
        if name not in self._open:
            self._made += 1
            self._open[name] = store = connect(self._folder / f"{self._made}.lbug")
            fill(store)
        return self._open[name]

    def forget(self, fill: Fill) -> None:
        self._open.pop(fill.__qualname__).close()

    def close(self) -> None:
        for store in self._open.values():
            store.close()


class Taken:
    """The Neo4j of all tests, while one file has it: it holds one store at a time."""

    def __init__(self, server: ServerInfo) -> None:
        self.server = server
        self.login: dict[str, Any] = {"user": server.user, "password": server.password}
        self._open: dict[str, GraphStore] = {}

    def empty(self) -> None:
        """Delete all, for a test that writes."""
        self.close()
        wipe(self.server)

    def filled(self, fill: Fill) -> GraphStore:
        name = fill.__qualname__
        if name not in self._open:
            self.empty()
            self._open[name] = store = connect(self.server.bolt_uri, **self.login)
            fill(store)
        return self._open[name]

    def forget(self, fill: Fill) -> None:
        self.close()

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()


def state(store: GraphStore) -> tuple[Any, ...]:
    """What differs after a write: how many were counted, versions, nodes, relationships."""
    counted = [
        store.run(f"MATCH {what} RETURN count(*) AS n")["n"].item()
        for what in ("(n)", "()-[r]->()")
    ]
    return store.dataset(), store.models(), counted
