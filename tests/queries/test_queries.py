"""The analyst's queries answer on a real server, with the parameters that they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from filelock import FileLock

from basketweave.blend.request import Request
from basketweave.blend.settings import BlendSettings, complete
from basketweave.graph import GraphStore, ModelCard, Vectors, connect, unit
from basketweave.graph.derive import CoPurchased, DeriveConfig, derive
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import ServerInfo
from basketweave.queries import query
from basketweave.queries.question import question, questions
from basketweave.serving.cypher import CypherEngine
from basketweave.serving.engine import Blend
from basketweave.serving.similar import similar

MINE = {"user": "ann", "item": "a", "model": "walker", "k": 3}
BROWSER = sorted(questions())


@pytest.fixture(scope="module")
def login(neo4j_server: ServerInfo) -> Iterator[dict[str, str]]:
    """Where the server is, with nothing in it and nobody else at it."""
    from neo4j import GraphDatabase

    user, password = neo4j_server.user, neo4j_server.password
    with (
        FileLock(f"{neo4j_server.home}.contract.lock"),
        GraphDatabase.driver(neo4j_server.bolt_uri, auth=(user, password)) as driver,
    ):
        with driver.session() as session:
            session.run("MATCH (n) DETACH DELETE n").consume()
            rows = session.run("SHOW VECTOR INDEXES YIELD name RETURN name").values()
            for (name,) in rows:
                session.run(f"DROP INDEX `{name}`").consume()
        yield {"uri": neo4j_server.bolt_uri, "user": user, "password": password}


@pytest.fixture
def store(login: dict[str, str], checkerboard: Tables) -> Iterator[GraphStore]:
    """The checkerboard with its relationships, a model and a blend."""
    with connect(**login) as opened:  # type: ignore[arg-type]
        opened.load(_with_fay(checkerboard))
        derive(opened, config=DeriveConfig(co_purchased=CoPurchased(min_support=1)))
        if not opened.models():
            opened.publish(_vectors(checkerboard))
            opened.publish_weights(
                ModelCard("blend_any", kind="blend"), {"gnn": 1.0, "walkCandidates": 7}
            )
        yield opened


def _with_fay(tables: Tables) -> Tables:
    """And `fay`, who has `a` only, so that there is something to offer her."""
    one = {"user": "fay", "item": "a", "time": 20 * 86_400}
    event = pl.DataFrame({**one, "kind": "PURCHASED", "value": 1.0})
    return replace(
        tables,
        users=pl.DataFrame({"id": [*tables.users["id"], "fay"]}),
        events=pl.concat([tables.events, event.select(tables.events.columns)]),
    )


def _vectors(tables: Tables) -> Vectors:
    random = np.random.default_rng(3)
    users, items = tables.users["id"], tables.items["id"]
    return Vectors(
        ModelCard("walker"),
        users,
        items,
        unit(random.normal(size=(len(users), 4))),
        unit(random.normal(size=(len(items), 4))),
    )


@pytest.mark.parametrize("name", BROWSER)
def test_a_query_runs_as_it_is_printed(store: GraphStore, name: str) -> None:
    asked = question(name)
    mine = {**MINE, "user": "fay"} if name == "next_item" else MINE
    given = {n: value for n, value in mine.items() if n in asked.defaults}
    pasted = store.run(asked.pasted(given).rstrip().removesuffix(";"))
    assert len(pasted) > 0
    columns = [c for c in pasted.columns if c not in ("path", "picture")]
    run = store.run(asked.statement, asked.given(given))
    assert pasted.select(columns).equals(run.select(columns))


@pytest.mark.parametrize("name", BROWSER)
def test_a_query_says_what_it_answers_and_shows_a_row(name: str) -> None:
    lines = question(name).head.splitlines()
    assert lines[0].endswith((".", ":")) or "one" in question(name).head
    assert sum(line.startswith("// | ") for line in lines) == 2
    assert question(name).statement.startswith("CYPHER 5\n")


def test_the_browser_gets_the_published_blend(store: GraphStore) -> None:
    given = question("recommend").given({"user": "ann"})
    rows = store.run(query("recommend"), given)
    asked = Request(user="ann", known="any")
    blend = Blend(complete({"gnn": 1.0}), BlendSettings(walk_candidates=7))
    with CypherEngine(store).snapshot() as now:  # type: ignore[arg-type]
        served = now.rank(asked, blend)
    assert served is not None
    assert rows["id"].to_list() == [row.item for row in served]
    assert rows["score"].to_list() == [row.score for row in served]


def test_the_nearest_are_those_of_the_largest_cosine(
    store: GraphStore, checkerboard: Tables
) -> None:
    found = store.run(query("nearest"), {"item": "c", "k": 5, "model": "walker"})
    vectors = _vectors(checkerboard)
    items = vectors.items.to_list()
    cosine = vectors.item_vectors @ vectors.item_vectors[items.index("c")]
    others = sorted(
        (i for i in items if i != "c"), key=lambda i: -cosine[items.index(i)]
    )
    assert found["id"].to_list() == others
    assert found["cosine"][0] == pytest.approx(cosine[items.index(others[0])], abs=1e-5)


def test_what_is_bought_together_is_what_the_same_users_bought(
    store: GraphStore,
) -> None:
    found = store.run(query("bought_together"), {"item": "a", "k": 9})
    assert set(found["id"]) == {"c", "e"}


def test_those_like_ann_are_cat_and_eve(store: GraphStore) -> None:
    found = store.run(query("users_like_me"), {**MINE, "k": 2})
    assert set(found["id"]) == {"cat", "eve"}
    assert found["shared"].to_list() == [3, 3]


def test_a_share_of_a_category_is_of_all_that_a_user_bought(store: GraphStore) -> None:
    found = store.run(query("category_affinity"), MINE)
    assert found.select("id", "bought", "share").rows() == [("food/fruit", 4, 1.0)]


def test_an_explanation_has_the_purchase_first_and_ways_of_two_steps(
    store: GraphStore,
) -> None:
    found = store.run(query("explain"), {**MINE, "k": 25})
    assert found["relationship"][0] is None
    assert set(found["relationship"][1:]) == {"CO_PURCHASED", "FOLLOWED_BY"}
    assert found["strength"].is_sorted(descending=True)


def test_models_tell_what_is_live(store: GraphStore) -> None:
    found = store.run(query("models"), {})
    assert found.filter(pl.col("status") == "live")["name"].to_list() == [
        "blend_any",
        "walker",
    ]


def test_items_without_relationships_or_vectors_are_like_none(
    store: GraphStore, checkerboard: Tables
) -> None:
    assert [row.item for row in similar(store, "a", 2) or []] != []
    store.load(
        Tables(
            name="one more",
            users=checkerboard.users[:0],
            items=pl.DataFrame({"id": ["lonely"], "title": ["Lonely"]}),
            events=checkerboard.events[:0],
        )
    )
    assert similar(store, "lonely", 3) == []
    assert similar(store, "no such item", 3) is None
