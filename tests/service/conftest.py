"""One small store, served: asked in this process, or over a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service import create_app
from basketweave.service.server import running


@pytest.fixture(scope="package")
def store(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphStore]:
    """The checkerboard, which no test here changes."""
    with connect(tmp_path_factory.mktemp("service") / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        yield opened


@pytest.fixture(scope="package")
def client(store: GraphStore) -> Iterator[TestClient]:
    """Asks the app itself, without a server."""
    with TestClient(create_app(store), base_url="http://localhost") as asking:
        yield asking


@pytest.fixture(scope="package")
def url(store: GraphStore) -> Iterator[str]:
    """Where a real server answers."""
    with running(create_app(store)) as found:
        yield found
