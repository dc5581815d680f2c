"""The Complete Journey on a private server at its default heap: 92,000 products, 1.47
million purchases. Toy shops do not show what a statement costs there.

It comes there as docs/scale.md tells it, once for all tests and workers.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from neo4j import Driver, GraphDatabase
from typer.testing import CliRunner

from basketweave.blend.settings import BlendSettings
from basketweave.cli.app import app
from basketweave.graph import GraphStore, ModelCard
from basketweave.neo4j_server import DEFAULT_VERSION, Neo4jServer, ServerInfo
from basketweave.queries.question import question, questions
from basketweave.serving.recommender import Recommender
from tests.servers import opened

AT_ONCE = 32
BROWSER = sorted(questions())
WEIGHTS = {"repeat": 0.4, "graph": 0.2, "gnn": 0.3, "popularity": 0.1}
PRICES = """
MATCH (item:Item)
WITH item, toInteger(right(item.id, 3)) AS n
CALL (item, n) { SET item.price = n / 10.0, item.inStock = n % 4 > 0 }
IN TRANSACTIONS OF 10000 ROWS
"""
RULES: dict[str, dict[str, Any]] = {
    "a narrow price": {"price": (42.0, 42.1)},
    "a wide price": {"price": (10.0, 90.0)},
    "stock": {"in_stock": True},
    "a department": {"categories": ["GROCERY"]},
    "all but a department": {"not_categories": ["GROCERY"]},
    "one of a brand": {"per_brand": 1},
    "one of a category": {"per_category": 1},
    "all together": {
        "categories": ["GROCERY"],
        "not_categories": ["GROCERY > SOFT DRINKS"],
        "not_brands": ["Manufacturer 69"],
        "price": (10.0, 90.0),
        "in_stock": True,
        "exclude": [995242],
        "per_brand": 3,
        "per_category": 3,
    },
}


@dataclass(frozen=True)
class Journey:
    """The loaded server, as a client, a browser and a terminal reach it."""

    store: GraphStore
    driver: Driver
    environment: dict[str, str]

    def browser(self, name: str, **changed: Any) -> list[list[Any]]:
        """The rows of a query with its parameters, in a transaction never retried."""
        asked = question(name)
        with self.driver.session() as session:
            return session.run(asked.statement, asked.given(changed)).values()

    def terminal(self, *words: str) -> str:
        """What a command prints; it must end well."""
        return _terminal(*words, **self.environment)


def _terminal(*words: str, **environment: str) -> str:
    done = CliRunner().invoke(app, list(words), env=environment)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def journey(
    tmp_path_factory: pytest.TempPathFactory,
    until_the_last_worker: Any,
) -> Iterator[Journey]:
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    version = os.environ.get("BASKETWEAVE_NEO4J_VERSION", DEFAULT_VERSION)
    server = Neo4jServer(root / f"journey-{version}", version)
    with until_the_last_worker(server):
        with FileLock(f"{server.home}.loading"):
            if not server.home.exists():
                _load(server.home, str(root / "journey-parts"))
        info = server.start(timeout=300)
        with (
            GraphDatabase.driver(
                info.bolt_uri,
                auth=(info.user, info.password),
                notifications_min_severity="OFF",
            ) as driver,
            opened(info) as store,
        ):
            there = Journey(store, driver, _environment(info))
            with FileLock(f"{server.home}.loading"):
                if not store.models():
                    _publish(there, str(root / "journey-models"))
            yield there


def _environment(info: ServerInfo) -> dict[str, str]:
    return {
        "BASKETWEAVE_STORE": info.bolt_uri,
        "NEO4J_USERNAME": info.user,
        "NEO4J_PASSWORD": info.password,
    }


def _load(home: Path, parts: str) -> None:
    _terminal("load", "complete_journey", "--to", parts, "--parts", "2")
    _terminal("derive", "--events", parts, "--shards", "2", "--only-files")
    _terminal("load", f"parquet:{parts}", "--bulk", "--home", str(home))


def _publish(there: Journey, folder: str) -> None:
    """An encoder that takes seconds, and weights known before."""
    with there.driver.session() as session:
        session.run(PRICES).consume()
    there.terminal("train", "filter", "--dim", "16", "--publish", "--folder", folder)
    for known in ("any", "new", "again"):
        card = ModelCard(f"blend_{known}", kind="blend")
        published = {**WEIGHTS, **BlendSettings(power=0.5).properties()}
        there.store.publish_weights(card, published)


def _at_once(work: Callable[[str], Any], users: list[str]) -> list[Any]:
    """What each gives, all at once. Neo4j plans once for ids of one length: that first."""
    for user in {len(user): user for user in users}.values():
        work(user)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, users))


@pytest.fixture(scope="module")
def households(journey: Journey) -> list[str]:
    """Random households, and the four that bought the most."""
    rows = journey.store.run(
        "MATCH (u:User) RETURN u.id AS id ORDER BY COUNT { (u)-[:PURCHASED]->() } DESC, id"
    )
    ids = rows["id"].to_list()
    return [*ids[:4], *random.Random(7).sample(ids[4:], AT_ONCE - 4)]


@pytest.mark.parametrize("name", BROWSER)
def test_each_query_answers_as_printed(journey: Journey, name: str) -> None:
    pasted = question(name).pasted({}).rstrip().removesuffix(";")
    assert len(journey.store.run(pasted)) > 0


@pytest.mark.parametrize(
    "asked",
    [
        {"known": "again"},
        {"known": "new", "k": 1000},
        {"known": "any", "k": 300, "where": {"perBrand": 2}},
        {"known": "any", "only": "995242"},
    ],
)
def test_many_ask_at_once_with_what_is_published(
    journey: Journey, households: list[str], asked: dict[str, Any]
) -> None:
    def rows(user: str) -> int:
        return len(journey.browser("recommend", user=user, **asked))

    found = _at_once(rows, households)
    if "only" in asked:
        assert set(found) == {1}
    elif asked["known"] == "again":
        assert min(found) > 0
    else:
        assert set(found) == {asked.get("k", 10)}


@pytest.mark.parametrize("name", ["explain", "users_like_me"])
def test_many_look_around_at_once(
    journey: Journey, households: list[str], name: str
) -> None:
    _at_once(lambda user: journey.browser(name, user=user, k=300), households)


@pytest.mark.parametrize("rule", RULES)
def test_ten_come_back_under_each_rule(journey: Journey, rule: str) -> None:
    known: Any = ("new", "any")[len(rule) % 2]
    found = Recommender(journey.store).recommend(1, known=known, where=RULES[rule])
    assert len(found) == 10
    assert [row.score for row in found] == sorted(
        (r.score for r in found), reverse=True
    )


@pytest.mark.parametrize(
    ("rule", "label", "many"),
    [("categories", "IN_CATEGORY", 20), ("brands", "MADE_BY", 10)],
)
def test_ten_come_back_of_random_categories_and_brands(
    journey: Journey, rule: str, label: str, many: int
) -> None:
    groups = journey.store.run(
        f"""
        MATCH (item:Item)-[:{label}]->(group)
        WITH group.id AS id, count(item) AS items
        WHERE items >= 20
        RETURN id ORDER BY id
        """
    )["id"].to_list()
    client = Recommender(journey.store)
    for group in random.Random(3).sample(groups, many):
        found = client.recommend(1, where={rule: [group]})
        assert len(found) == 10, group
        where = {"ids": [str(row.item) for row in found], "group": group}
        inside = journey.store.run(
            f"""
            MATCH (item:Item)-[:{label}]->()-[:SUBCATEGORY_OF*0..]->({{id: $group}})
            WHERE item.id IN $ids
            RETURN count(DISTINCT item) AS n
            """,
            where,
        )
        assert inside["n"].item() == 10, group


def test_every_call_of_the_client_answers(
    journey: Journey, households: list[str]
) -> None:
    client = Recommender(journey.store)
    assert len(client.session([995242, 981760], k=5)) == 5
    assert len(client.similar(995242)) == 10
    assert len(client.recommend_all(3, users=households)) == 3 * len(households)
    ranked = {row.item: row for row in client.recommend(1, known="any")}
    for item, row in ranked.items():
        assert client.explain(1, item).score == pytest.approx(row.score)
    unlikely = client.explain(1, 25671)
    assert (unlikely.item, unlikely.path) == (25671, ())


def test_the_commands_of_the_readme_answer(journey: Journey) -> None:
    assert "Bananas" in journey.terminal("recommend", "1", "--known", "any")
    assert "Fluid Milk" in journey.terminal("explain", "1", "995242")
    assert journey.terminal("similar", "995242")
    assert "filter" in journey.terminal("models")
    assert journey.terminal("doctor")
    assert "CYPHER 5" in journey.terminal("queries", "recommend")
