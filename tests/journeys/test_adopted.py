"""A graph of somebody's own, from its mapping to what is served, and back.

And a server that goes away while it is adopted, refreshed or left: done again, all is as
if it had stayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from neo4j import Session
from typer.testing import CliRunner

import basketweave
from basketweave.cli.app import app
from basketweave.errors import NotFoundError, ServerLost
from basketweave.graph import connect
from basketweave.graph.neo4j import Neo4jStore
from basketweave.graph.neo4j.adopted.remove import remove
from basketweave.graph.neo4j.loading import load as loading
from basketweave.loaders.own_graph import adopt, read_new
from basketweave.neo4j_server import ServerInfo
from basketweave.service import create_app
from basketweave.service.server import running
from tests.loaders.own_graph import shops
from tests.loaders.own_graph.shops import ORDER, TRADED, TRADING, mapping
from tests.wire import Wire

Work = Callable[[], object]


@pytest.fixture
def session(neo4j_server: ServerInfo) -> Iterator[Session]:
    """On the server's graph, which is empty before and after."""
    with shops.session_on(neo4j_server) as opened:
        yield opened


def run(*words: str) -> str:
    """What a command says; raises what it raises."""
    found = CliRunner().invoke(app, words)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.stdout


def test_a_graph_of_ones_own_is_refreshed_and_served_in_place(
    session: Session,
    neo4j_server: ServerInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shops.trading(session)
    before, uri = shops.everything(session), neo4j_server.bolt_uri
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    monkeypatch.setenv("BASKETWEAVE_STORE", f"{uri}?prefix=bw")
    Path("shop-graph.yaml").write_text(TRADING)
    run("adopt", uri, "shop-graph.yaml")
    run("derive")
    home, version = str(neo4j_server.home), neo4j_server.version
    run("neo4j", "start", "--home", home, "--version", version)  # asks once, to be warm
    run("train", "lightgcn", "--epochs", "1", "--dim", "4", "--days", "0", "--publish")
    late = {"customer": "ALFKI", "product": 12, "date": "2025-01-28 00:00:00.000"}
    session.run(ORDER, late).consume()
    told = run("refresh", "--days", "7", "--known", "any")
    assert "New in the graph: 1 events, 0 items, 0 users" in told
    assert "Live: lightgcn_v2, blend_any_v1" in told
    assert "Nothing has changed" in run("refresh", "--days", "7", "--known", "any")
    address = f"{uri}?prefix=bw&database=neo4j"
    with connect(address) as store, running(create_app(store)) as url:
        assert store.uri == address
        with basketweave.remote(url, timeout=60) as shop:
            found = shop.recommend("ALFKI", k=3, known="any")
            assert found.blend == "blend_any_v1"
            assert all(type(one.item) is int and one.title for one in found)
            shop.record({"user": "ALFKI", "item": found[0].item, "answer": found.id})
            assert shop.item(12)["attributes"]["productName"] == "Product 12"
            with pytest.raises(NotFoundError, match="Add them to your graph"):
                shop.record({"user": "nobody", "item": 12})
        with httpx2.Client(base_url=url, timeout=60) as page:
            assert "basketweave" in page.get("/").text
            asked = page.get("/api/search", params={"q": "ALF"}).json()
            assert asked["users"] == [{"id": "ALFKI"}]
            had = page.get("/api/history/ALFKI").json()["items"]
            assert had[0]["title"] == found[0].title
    assert "by lightgcn_v2" in run("queries", "run", "nearest", "--item", "1", "--csv")
    assert "RECOMMENDED, from blend_any_v1 with lightgcn_v2" in run(
        *(
            "recommend-all",
            "--write",
            "--known",
            "any",
            "--out",
            "lists",
            "--shards",
            "2",
        )
    )
    session.run(
        "MATCH (:bw_User)-[r:bw_RECOMMENDED {rank: 1}]->(:bw_Item) RETURN r.score"
    ).fetch(1)[0]
    run("adopt", uri, "shop-graph.yaml", "--remove")
    session.run("MATCH (o:Order {orderID: 912}) DETACH DELETE o").consume()
    assert shops.everything(session) == before


@pytest.fixture
def wire(neo4j_server: ServerInfo) -> Iterator[Wire]:
    """Between the store and its server."""
    found = Wire(urlsplit(neo4j_server.bolt_uri).port or 0)
    yield found
    found.close()


def broken_off(wire: Wire, work: Work, *statements: str) -> None:
    """The server goes away at each of these, and the next step is said."""
    for text in statements:
        with (
            wire.cut_at(text),
            pytest.raises(ServerLost, match=r"Start it .* run again"),
        ):
            work()


def test_what_a_server_leaves_half_done_is_completed_when_it_is_done_again(
    session: Session,
    neo4j_server: ServerInfo,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 0.1)
    shops.trading(session)
    before, told = shops.everything(session), mapping(TRADING)
    user, password = neo4j_server.user, neo4j_server.password
    with connect(
        wire.uri, prefix="bw", user=user, password=password, timeout=0.5
    ) as store:
        assert isinstance(store, Neo4jStore)
        broken_off(wire, lambda: adopt(store, told), "its_order")
        assert shops.everything(session) == before
        writing = ("SET n:bw_Item", "CREATE (u)-[:bw_PURCHASED", "d.marks = ")
        broken_off(wire, lambda: adopt(store, told), *writing)
        adopt(store, told)
        assert len(store.export().events["PURCHASED"]) == TRADED

        new = {"customer": "ALFKI", "product": 12, "date": "2025-02-01 00:00:00.000"}
        session.run("CREATE (:Product {productID: 13})").consume()
        session.run(ORDER, new).consume()
        session.run(ORDER, {**new, "product": 13}).consume()
        writing = ("its_order", "SET n:bw_Item", "CREATE (u)-[:bw_PURCHASED")
        broken_off(wire, lambda: read_new(store), *writing)
        read_new(store)
        assert len(store.export().events["PURCHASED"]) == TRADED + 2
        assert read_new(store).events == 0

        session.run("MATCH (o:Order) WHERE o.orderID > 900 DETACH DELETE o").consume()
        session.run("MATCH (p:Product {productID: 13}) DETACH DELETE p").consume()
        taking = ("DROP CONSTRAINT", "DELETE x", "REMOVE x:bw_Item", "(x:bw_Dataset)")
        broken_off(wire, lambda: remove(store.database), *taking)
        remove(store.database)
    assert shops.everything(session) == before
