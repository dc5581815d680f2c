"""Fixtures that more than one test file uses: small data with known results."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from basketweave.graph import Subgraph, connect
from basketweave.graph.tables import Tables
from basketweave.loaders.generate import Generated, generate
from basketweave.moments import DAY
from basketweave.neo4j_server import DEFAULT_VERSION, Neo4jServer, ServerInfo
from tests.turns import PROCESSES, longest_first

SharedServer = Callable[[str], AbstractContextManager[ServerInfo]]

# Nothing is timed: the machine may be busy. HYPOTHESIS_PROFILE=nightly tries twenty times
# as many inputs; a test that sets `max_examples` itself is outside of that.
EVERYDAY = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("everyday", EVERYDAY)
settings.register_profile("nightly", EVERYDAY, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "everyday"))

# Read once, where the model hub's package is first imported: without a network it asks
# for a minute before it gives up.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def generated_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3,000 generated events in three Parquet parts; not to be written to."""
    folder = tmp_path_factory.mktemp("generated") / "shop"
    generate(Generated(events=3_000, part=1_000), folder)
    return folder


@pytest.hookimpl(trylast=True)  # when all that orders or leaves out has done so
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process of pytest-xdist begins with what takes long."""
    items[:] = longest_first(items, int(os.environ.get(PROCESSES, "1")))


@pytest.fixture(scope="session")
def checkerboard() -> Tables:
    """Five users and six items; user u bought item i where u + i is even.

    So ann, cat and eve share a, c and e, while bob and dan share b, d and f. Each
    bought one item a day, in alphabetical order, and ann bought `a` twice.
    """
    users = ["ann", "bob", "cat", "dan", "eve"]
    items = ["a", "b", "c", "d", "e", "f"]
    rows = [
        (user, item, (1 + n) * DAY)
        for u, user in enumerate(users)
        for n, item in enumerate(items)
        if (u + n) % 2 == 0
    ]
    rows.append(("ann", "a", 9 * DAY))
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    return Tables(
        name="checkerboard",
        users=pl.DataFrame({"id": users}),
        items=pl.DataFrame(
            {
                "id": items,
                "title": [f"Item {i.upper()}" for i in items],
                "brand": ["North", "South", "North", "South", "North", None],
                "price": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            }
        ),
        categories=pl.DataFrame(
            {
                "id": ["food", "food/fruit", "food/bread"],
                "name": ["food", "fruit", "bread"],
                "parent": [None, "food", "food"],
            }
        ),
        in_category=pl.DataFrame(
            {"item": items, "category": ["food/fruit", "food/bread"] * 3}
        ),
        events=events.with_columns(
            kind=pl.lit("PURCHASED"), value=pl.lit(1.0), time=pl.col("time")
        ),
    )


@pytest.fixture(scope="session")
def checkerboard_graph(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Subgraph:
    """The checkerboard as a store exports it."""
    with connect(tmp_path_factory.mktemp("checkerboard") / "graph.lbug") as store:
        store.load(checkerboard)
        return store.export()


@pytest.fixture
def quick_java() -> Iterator[None]:
    """Let Java use its first compiler only: 8 s of processor time a start, not 13.

    For servers that answer little: the other compiler pays from the fifth request on, as
    the plan of a recommendation then takes 5 s, not 11.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
        yield


KEEP_PLANS = "dbms.cypher.min_replan_interval=1h"
"""Each test has another graph, all are small: no plan is worth making anew for one."""


@pytest.fixture(scope="session")
def neo4j_server(shared_server: SharedServer) -> Iterator[ServerInfo]:
    """A real Neo4j for all tests but those of `tests/contract`, which have their own.

    All pytest-xdist workers have the same two: what one test writes another sees, so one
    file of tests at a time has a server. Two, as other tests would wait long for those of
    the contract, and a core would have nothing to do.
    """
    with shared_server("neo4j") as server:
        yield server


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> SharedServer:
    """Starts a Neo4j, of version `BASKETWEAVE_NEO4J_VERSION`, or joins the running one.

    Where it cannot start, the tests that need it fail, and say why.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    version = os.environ.get("BASKETWEAVE_NEO4J_VERSION", DEFAULT_VERSION)

    @contextmanager
    def running(name: str) -> Iterator[ServerInfo]:
        server = Neo4jServer(root / f"{name}-{version}", version)
        with _until_the_last_worker_ends(server):
            yield server.start(page_cache="128m", timeout=300, settings=[KEEP_PLANS])

    return running


@contextmanager
def _until_the_last_worker_ends(server: Neo4jServer) -> Iterator[None]:
    workers = server.home.with_name(f"{server.home.name}.workers")
    lock, me = FileLock(f"{workers}.lock"), workers / str(os.getpid())
    with lock:
        workers.mkdir(exist_ok=True)
        me.touch()
    try:
        yield
    finally:
        with lock:
            me.unlink()
            if not any(workers.iterdir()):
                server.stop()
                shutil.rmtree(server.home, ignore_errors=True)


@pytest.fixture(scope="session")
def until_the_last_worker() -> Callable[[Neo4jServer], AbstractContextManager[None]]:
    """Keeps a server that all pytest-xdist workers share until none needs it."""
    return _until_the_last_worker_ends
