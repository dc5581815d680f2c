"""What a mapping finds is told before anything is written; its mistakes all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from neo4j import Session

from basketweave.cli import main
from basketweave.errors import UsageError
from basketweave.loaders.own_graph import adopt
from basketweave.loaders.own_graph.survey import survey
from basketweave.neo4j_server import ServerInfo
from tests.loaders.own_graph import shops
from tests.loaders.own_graph.shops import CORNER, TRADED, TRADING, mapping


def done(words: list[str]) -> bool:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code == 0


def test_the_command_shows_adopts_and_removes(
    session: Session,
    neo4j_server: ServerInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shops.trading(session)
    before = shops.everything(session)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    monkeypatch.chdir(tmp_path)
    Path("shop-graph.yaml").write_text(TRADING)
    asked = ["adopt", neo4j_server.bolt_uri, "shop-graph.yaml"]
    assert done([*asked, "--dry-run"])
    said = capsys.readouterr().out
    assert "MATCH (u:`Customer`)-[:`PLACED`]->(its_order:`Order`)" in said
    assert str(TRADED) in said
    assert shops.everything(session) == before
    assert done(asked)
    store = f"{neo4j_server.bolt_uri}?prefix=bw"
    assert store in capsys.readouterr().out
    assert done(["derive", "--store", store])
    assert done(["recommend", "ALFKI", "--store", store, "--json"])
    capsys.readouterr()
    for words in (
        ["queries", "for_basket"],
        ["queries", "run", "similar", "--item", "1"],
        ["queries", "--grass"],
        ["queries", "--zip", "saved.zip"],
    ):
        assert done([*words, "--store", store])
    said = capsys.readouterr().out
    assert "(:Product:bw_Item" in said or ":Product:bw_Item" in said
    assert "Taken together with Product 1." in said
    assert "node.bw_Item {" in said
    assert 'caption: "{bw_title}"' in said
    with ZipFile("saved.zip") as saved:
        assert b":Product:bw_Item" in saved.read("Recommend/recommend_picture.cypher")
    assert done(["doctor", "--store", store])
    assert done([*asked, "--remove"])
    assert shops.everything(session) == before


def test_a_survey_counts_and_shows_some_events(session: Session, opened: Any) -> None:
    shops.corner(session)
    session.run("MATCH ()-[t:TOOK]->() WITH t LIMIT 2 REMOVE t.at").consume()
    with opened("rec") as store:
        found = survey(store, mapping(CORNER))
    assert (found.counts["users"], found.counts["items"]) == (8, 9)
    assert found.counts["users without a usable key"] == 1
    assert found.counts["of these without took.at"] == 2
    assert [set(one.columns) for one in found.samples] == [
        {"user", "item", "time", "kind"},
        {"user", "item", "value"},
    ]


PLACED = "(:Customer)-[:PLACED]->(o:Order)-[:CONTAINS]->(:Product)"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"users": {"label": "Custmer", "key": "customerID"}}, "Did you mean 'Customer'"),
        ({"users": {"label": "Customer", "key": "customerid"}}, "'customerID'"),
        ({"events": {"pattern": PLACED.replace("PLACED", "PLACES")}}, "'PLACED'"),
        ({"events": {"pattern": PLACED, "time": "o.orderdate"}}, "'orderDate'"),
        ({"events": {"pattern": PLACED.replace("->(o", "-(o").replace("-[:P", "<-[:P")}},
         "Look at its directions"),
        ({"events": {"pattern": "(:Customer)-[:PLACED]->(:Order)"}}, "has to be between"),
    ],
)  # fmt: skip
def test_what_the_graph_does_not_have_is_refused(
    session: Session, opened: Any, changes: dict[str, Any], said: str
) -> None:
    shops.trading(session)
    before = shops.everything(session)
    with opened("bw") as store:
        for what in (survey, adopt):
            with pytest.raises(UsageError, match=said):
                what(store, mapping(TRADING, **changes))
    assert shops.everything(session) == before
