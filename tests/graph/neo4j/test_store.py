"""What only a server does: it goes away and comes back, refuses, and has versions."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import polars as pl
import psutil
import pytest
from neo4j import READ_ACCESS, WRITE_ACCESS
from typer.testing import CliRunner

from basketweave.blend.settings import BlendSettings
from basketweave.cli.app import app
from basketweave.errors import StoreError
from basketweave.graph import GraphStore, ModelCard, Subgraph, Vectors, connect, unit
from basketweave.graph.derive import derive
from basketweave.graph.neo4j import Neo4jStore, writer
from basketweave.graph.neo4j.adopted.remove import remove
from basketweave.graph.neo4j.loading import load as loading
from basketweave.graph.neo4j.recording import record as recording
from basketweave.graph.neo4j.schema import statements
from basketweave.graph.stats import doctor
from basketweave.graph.tables import Tables
from basketweave.loaders.own_graph import adopt, read_new
from basketweave.loaders.own_graph.survey import survey
from basketweave.neo4j_server import Neo4jServer, ServerInfo
from basketweave.progress import Advance
from basketweave.serving.recommender import Recommender
from tests.loaders.own_graph import shops
from tests.servers import opened

pytestmark = pytest.mark.usefixtures("quick_java")
NEWEST = "2026.09.0"
EVENTS = "Loading events"


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Neo4jServer]:
    """A server that these tests may stop: the one that all tests share they may not."""
    version = os.environ.get("BASKETWEAVE_NEO4J_VERSION")
    home = tmp_path_factory.mktemp("own")
    own = Neo4jServer(home, version) if version else Neo4jServer(home)
    yield own
    own.stop()


@pytest.fixture
def store(server: Neo4jServer) -> Iterator[GraphStore]:
    """The running server's store, empty."""
    with opened(_start(server)) as found:
        _empty(found)
        yield found


def _start(server: Neo4jServer) -> ServerInfo:
    return server.start(browser=False, heap="512m", page_cache="64m", timeout=300)


def _empty(store: GraphStore) -> None:
    store._database.run_alone(  # type: ignore[attr-defined]
        "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
    )


@pytest.fixture(scope="module")
def many() -> Tables:
    """120 users with 120 items each: three batches of relationships in each session."""
    users = [f"u{n}" for n in range(120)]
    items = [f"i{n}" for n in range(200)]
    random = np.random.default_rng(0)
    some = [random.permutation(items)[:120] for _ in users]
    events = pl.DataFrame({"user": np.repeat(users, 120), "item": np.concatenate(some)})
    return Tables(
        name="many",
        users=pl.DataFrame({"id": users}),
        items=pl.DataFrame({"id": items, "title": items}),
        events=events.with_columns(
            time=pl.int_range(pl.len(), dtype=pl.Int64),
            kind=pl.lit("PURCHASED"),
            value=pl.lit(None, pl.Float64),
        ),
    )


class OnceInside:
    """Progress that does something in the middle of the events, once."""

    def __init__(self, does: Callable[[], object]) -> None:
        self._does = does
        self._done = False

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        def advance(size: float) -> None:
            if description == EVENTS and size and not self._done:
                self._done = True
                self._does()

        yield advance


def _kill(server: Neo4jServer) -> None:
    """The power fails."""
    info = server.status()
    assert info is not None
    process = psutil.Process(info.pid)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)


def _rows(graph: Subgraph) -> list[tuple[str, str, int]]:
    e = graph.events["PURCHASED"]
    users, items = graph.ids["User"], graph.ids["Item"]
    return sorted(zip(users[e.user], items[e.item], e.time.tolist(), strict=True))


def _has_all_of_it_once(store: GraphStore, tables: Tables) -> None:
    wanted = sorted(tables.events["user", "item", "time"].rows())
    assert _rows(store.export()) == wanted
    counted = store.run("MATCH (:User)-[r:PURCHASED]->() RETURN count(r) AS n")
    assert counted["n"].item() == len(wanted)
    assert store.load(tables).already_there == len(wanted)


def test_a_load_goes_on_when_a_killed_server_comes_back(
    store: GraphStore, server: Neo4jServer, many: Tables
) -> None:
    back = Thread(target=_start, args=[server])

    def fails() -> None:
        _kill(server)
        back.start()

    try:
        summary = store.load(many, progress=OnceInside(fails))
    finally:
        back.join()
    assert (summary.users, summary.items) == (120, 200)
    _has_all_of_it_once(store, many)


def test_without_its_server_all_ends_with_the_next_step_and_goes_on_when_it_is_back(
    server: Neo4jServer, many: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that was broken off, reads and other writes: one start of Java for all."""
    monkeypatch.setattr(loading, "PATIENCE", 1.0)
    info = _start(server)
    with connect(
        info.bolt_uri, user=info.user, password=info.password, timeout=2
    ) as store:
        _empty(store)
        with pytest.raises(StoreError, match=r"Start it .* can be run again"):
            store.load(many, progress=OnceInside(lambda: _kill(server)))
        for use in (
            store.export,
            store.dataset,
            store.models,
            lambda: store.run("RETURN 1 AS one"),
            lambda: derive(store),
            lambda: Recommender(store).recommend("u0"),
        ):
            with pytest.raises(StoreError, match="Start it"):
                use()
        _start(server)
        assert len(_rows(store.export())) < len(many.events)
        store.load(many)
        _has_all_of_it_once(store, many)
        derive(store)


def test_a_person_with_a_long_history_and_a_pair_with_one_fit_into_the_heap(
    store: GraphStore,
) -> None:
    n = 100_000
    pair = pl.DataFrame({"user": "u", "item": "i", "time": range(n)})
    many = pl.DataFrame({"user": "v", "item": [f"i{k % 500}" for k in range(n)]})
    many = many.with_columns(time=pl.int_range(n, dtype=pl.Int64))
    events = pl.concat([pair, many]).with_columns(
        kind=pl.lit("PURCHASED"), value=pl.lit(1.0)
    )
    tables = Tables(
        name="long",
        users=pl.DataFrame({"id": ["u", "v"]}),
        items=pl.DataFrame({"id": ["i"], "title": ["i"]}),
        events=events,
    )
    assert store.load(tables).events == 2 * n
    assert len(store.export().events["PURCHASED"]) == 2 * n
    assert len(store.export(seeds=["v"], hops=1).events["PURCHASED"]) == n
    assert store.load(tables).already_there == 2 * n
    assert doctor(store)


def test_two_sessions_load_the_same_graph_as_one(
    store: GraphStore, many: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(writer._shares(many.events, "user")) == 2
    store.load(many)
    two = store.export()
    _empty(store)
    monkeypatch.setattr(writer, "_shares", lambda frame, by: [frame])
    store.load(many)
    assert _rows(store.export()) == _rows(two)


@pytest.mark.parametrize(
    ("before", "across"), [(False, False), (False, True), (True, True)]
)
def test_a_pair_new_to_a_load_and_to_who_records_meanwhile_has_one_relationship(
    store: GraphStore,
    checkerboard: Tables,
    monkeypatch: pytest.MonkeyPatch,
    *,
    before: bool,
    across: bool,
) -> None:
    if before:  # or else it is the first load of the kind
        store.record({"user": "zoe", "item": "z", "time": 1})
    written, meanwhile = Event(), list[Thread]()
    note, columns = recording._Record._note, writer.Writer.columns

    def noted(self: Any, *given: Any) -> None:
        note(self, *given)
        written.set()
        time.sleep(0.5 * across)  # in which the load would write, if it did not wait

    def while_recording(self: Any, statement: str, *given: Any, **more: Any) -> None:
        if ":PURCHASED" in statement and not meanwhile:
            pairs = [{"user": "ann", "item": item, "time": 50} for item in "ac"]
            meanwhile.append(Thread(target=store.record, args=[pairs]))
            meanwhile[0].start()
            assert written.wait(60)
            if not across:
                meanwhile[0].join()
        columns(self, statement, *given, **more)

    monkeypatch.setattr(recording._Record, "_note", noted)
    monkeypatch.setattr(writer.Writer, "columns", while_recording)
    assert store.load(checkerboard).events == 16
    meanwhile[0].join()
    pairs = store.run(
        "MATCH (u:User {id: 'ann'})-[r]->(i) RETURN i.id, r.times AS times"
    )
    assert len(set(pairs["i.id"])) == len(pairs)
    assert all(
        50 in row["times"] for row in pairs.rows(named=True) if row["i.id"] in "ac"
    )
    assert sum(map(len, pairs["times"])) == 2 + len(
        checkerboard.events.filter(pl.col("user") == "ann")
    )


def test_constraints_and_indexes_stand_before_the_first_rows(
    store: GraphStore, checkerboard: Tables
) -> None:
    store.load(checkerboard)
    named = {text.split()[text.split().index("IF") - 1] for text in statements()}
    found = store.run("SHOW INDEXES YIELD name, state RETURN name, state")
    standing = dict(found.rows())
    assert named <= standing.keys()
    assert {standing[name] for name in named} == {"ONLINE"}
    with pytest.raises(StoreError, match="duplicates"):
        store._database.write("CREATE (:User {id: 'ann'})")  # type: ignore[attr-defined]


def test_a_wrong_password_is_refused_and_never_shown(
    server: Neo4jServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri, wrong = _start(server).bolt_uri, "hunter2-is-wrong"
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreError, match="NEO4J_PASSWORD") as raised:
        connect(uri, user="neo4j", password=wrong)
    monkeypatch.setenv("NEO4J_PASSWORD", wrong)
    said = CliRunner().invoke(app, ["doctor", "--store", uri])
    assert isinstance(said.exception, StoreError)
    for text in (repr(raised.value), repr(said.exception), said.output, caplog.text):
        assert wrong not in text


def test_a_graph_that_may_only_be_read_is_served_and_not_written(
    server: Neo4jServer, checkerboard: Tables
) -> None:
    with (
        _adopted(_start(server), "bw") as own,
        own.database.session(WRITE_ACCESS) as session,
    ):
        _empty(own)
        shops.trading(session)
        adopt(own, shops.mapping(shops.TRADING))
        derive(own)
    server.stop()
    read_only = ["server.databases.read_only=neo4j"]
    info = server.start(
        browser=False,
        heap="512m",
        page_cache="64m",
        timeout=300,
        settings=read_only,
    )
    told = shops.mapping(shops.TRADING, prefix="two")
    with (
        _adopted(info, "bw") as own,
        _adopted(info, "two") as other,
        opened(info) as plain,
        own.database.session(READ_ACCESS) as session,
    ):
        before = shops.everything(session)
        for write in (
            lambda: adopt(other, told),
            lambda: read_new(own),
            lambda: remove(own.database),
            lambda: own.record({"user": "ALFKI", "item": 1}),
            lambda: plain.load(checkerboard),
        ):
            with pytest.raises(StoreError, match="may not write here, and nothing was"):
                write()
        assert survey(other, told).counts["users"] == 6
        assert Recommender(own).recommend("ALFKI", k=1, known="any")
        assert shops.everything(session) == before


def _adopted(info: ServerInfo, prefix: str) -> Neo4jStore:
    user, password = info.user, info.password
    found = connect(info.bolt_uri, prefix=prefix, user=user, password=password)
    assert isinstance(found, Neo4jStore)
    return found


def test_the_newest_release_publishes_and_recommends_as_the_embedded_store_does(
    tmp_path: Path, checkerboard: Tables
) -> None:
    newest = Neo4jServer(tmp_path / "neo4j", NEWEST)
    try:
        with opened(_start(newest)) as neo4j, connect(tmp_path / "g.lbug") as ladybug:
            assert _told(neo4j, checkerboard) == _told(ladybug, checkerboard)
    finally:
        newest.stop()


def _told(store: GraphStore, tables: Tables) -> list[object]:
    """All that users are offered, after everything that comes before it."""
    store.load(tables)
    derive(store)
    users, items = tables.users["id"], tables.items["id"]
    random = np.random.default_rng(0)
    rows = [unit(random.normal(size=(len(ids), 8))) for ids in (users, items)]
    vectors = Vectors(ModelCard("gat"), users, items, *rows)
    store.publish(vectors)
    store.publish(replace(vectors, card=ModelCard("gat", seed=1)))
    assert store.rollback("gat").version == 1
    blend = {"repeat": 0.4, "graph": 0.3, "gnn": 0.3, **BlendSettings().properties()}
    store.publish_weights(ModelCard("blend_any", kind="blend"), blend)
    client = Recommender(store)
    return [
        (user, found.item, round(found.score, 4), found.path)
        for user in users
        for found in client.recommend(user, known="any")
    ]
