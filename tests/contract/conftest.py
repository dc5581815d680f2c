"""The same tests on both stores: `store` is each of them in turn, and empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from filelock import FileLock

from basketweave.graph import GraphStore, ModelCard, Subgraph, Vectors, connect, unit
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import ServerInfo
from tests.servers import wipe

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """Where a store is: opened again, it holds what it held."""

    uri: str
    login: dict[str, Any] = field(default_factory=dict)

    def open(self, **options: Any) -> GraphStore:
        return connect(self.uri, **self.login, **options)


@pytest.fixture(params=["ladybug", "neo4j"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for a store, empty."""
    if request.param == "ladybug":
        yield Place(str(tmp_path / "graph.lbug"))
        return
    server: ServerInfo = request.getfixturevalue("neo4j_server")
    # Community has one database: one test at a time, whichever worker runs it.
    with FileLock(f"{server.home}.contract.lock"):
        wipe(server)
        login = {"user": server.user, "password": server.password}
        yield Place(server.bolt_uri, login)


@pytest.fixture
def make_empty(place: Place, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Takes all out of the place, whose stores are closed."""

    def empty() -> None:
        if "://" in place.uri:
            wipe(request.getfixturevalue("neo4j_server"))
            return
        for path in Path(place.uri).parent.glob(f"{Path(place.uri).name}*"):
            path.unlink()

    return empty


@pytest.fixture
def store(place: Place) -> Iterator[GraphStore]:
    """An open store without anything in it."""
    with place.open() as opened:
        yield opened


@pytest.fixture
def loaded(store: GraphStore, checkerboard: Tables) -> GraphStore:
    """An open store with the checkerboard in it."""
    store.load(checkerboard)
    return store


@pytest.fixture
def rows() -> Callable[..., list[Row]]:
    """Events of a kind as sorted (user, item, time, value) with ids."""

    def of(graph: Subgraph, kind: str = "PURCHASED") -> list[Row]:
        if kind not in graph.events:
            return []
        e = graph.events[kind]
        users, items = graph.ids["User"], graph.ids["Item"]
        value = [None if np.isnan(v) else float(v) for v in e.value]
        return sorted(
            zip(users[e.user], items[e.item], e.time.tolist(), value, strict=True)
        )

    return of


@pytest.fixture
def pairs() -> Callable[..., list[Row]]:
    """Relationships of a type as sorted (source id, target id, columns …)."""

    def of(graph: Subgraph, kind: str) -> list[Row]:
        found = [(r, e) for r, e in graph.edges.items() if r[1] == kind]
        if not found:
            return []
        ((source, _, target), edges) = found[0]
        left, right = graph.ids[source], graph.ids[target]
        columns = [c.astype(float).round(4).tolist() for c in edges.columns.values()]
        return sorted(
            zip(left[edges.index[0]], right[edges.index[1]], *columns, strict=True)
        )

    return of


@pytest.fixture
def make_vectors(checkerboard: Tables) -> Callable[..., Vectors]:
    """Random unit vectors for the checkerboard."""

    def make(seed: int = 0, name: str = "gat", **card: Any) -> Vectors:
        users, items = checkerboard.users["id"], checkerboard.items["id"]
        random = np.random.default_rng(seed)
        return Vectors(
            ModelCard(name, seed=seed, **card),
            users,
            items,
            unit(random.normal(size=(len(users), 8))),
            unit(random.normal(size=(len(items), 8))),
        )

    return make


@pytest.fixture
def events() -> Callable[..., Tables]:
    """Tables of these (user, item, time[, kind[, value]]) rows, and who is in them."""

    def make(*given: Row, **more: Any) -> Tables:
        full = [(*row, *("PURCHASED", None)[len(row) - 3 :]) for row in given]
        frame = pl.DataFrame(
            full,
            schema={
                "user": pl.String,
                "item": pl.String,
                "time": pl.Int64,
                "kind": pl.String,
                "value": pl.Float64,
            },
            orient="row",
        )
        items = frame.select(id=pl.col("item").unique(maintain_order=True))
        return Tables(
            **{
                "name": "few",
                "users": frame.select(id=pl.col("user").unique(maintain_order=True)),
                "items": items.with_columns(title=pl.lit(None, pl.String)),
                "events": frame,
                **more,
            }
        )

    return make
