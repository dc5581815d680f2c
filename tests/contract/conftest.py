"""The same tests on both stores: `store` is each of them in turn, and empty.

Tests that only read take `standing` (or `board`) and stand first in their file: what they
read is then loaded once, as on Neo4j a load and the plans after it take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
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
from tests.standing import Files, Fill, Shelf, Standing, Taken, state

Row = tuple[Any, ...]


@pytest.fixture(scope="session")
def neo4j_server(shared_server: Callable[[str], Any]) -> Iterator[ServerInfo]:
    """A real Neo4j for the tests of this folder, which write to it most of the time."""
    with shared_server("contract") as server:
        yield server


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
    taken: Taken = request.getfixturevalue("neo4j_shelf")
    taken.empty()
    yield Place(taken.server.bolt_uri, taken.login)


@pytest.fixture(scope="module")
def neo4j_shelf(neo4j_server: ServerInfo) -> Iterator[Taken]:
    """The server of all tests, for one file of them."""
    # Community has one database: one file at a time, whichever worker runs it.
    with (
        FileLock(f"{neo4j_server.home}.contract.lock"),
        closing(Taken(neo4j_server)) as taken,
    ):
        yield taken


@pytest.fixture(scope="module")
def ladybug_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """Embedded stores for one file of tests."""
    with closing(Files(tmp_path_factory.mktemp("standing"))) as files:
        yield files


@pytest.fixture(params=["ladybug", "neo4j"])
def standing(request: pytest.FixtureRequest) -> Iterator[Standing]:
    """Gives the store that a function has filled, once for all tests of the file.

    It is for reading: a test that leaves it otherwise than it was fails.
    """
    shelf: Shelf = request.getfixturevalue(f"{request.param}_shelf")
    given: dict[Fill, tuple[Any, ...]] = {}

    def stand(fill: Fill) -> GraphStore:
        store = shelf.filled(fill)
        given[fill] = state(store)
        return store

    yield stand
    for fill, before in given.items():
        if state(shelf.filled(fill)) != before:
            shelf.forget(fill)
            pytest.fail(f"This test writes to what {fill.__qualname__} has filled.")


@pytest.fixture
def board(standing: Standing, checkerboard: Tables) -> GraphStore:
    """An open store with the checkerboard in it, for reading."""

    def loaded(store: GraphStore) -> None:
        store.load(checkerboard)

    return standing(loaded)


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
