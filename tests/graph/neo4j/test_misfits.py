"""A graph on Neo4j that others write to as well: nothing goes to somebody else.

What is not as basketweave writes it is either understood, or left out and named by
`doctor`, or refused with a sentence. The embedded store, which takes nothing else, says
what is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basketweave.errors import SchemaError, StoreError
from basketweave.graph import GraphStore, Subgraph, connect
from basketweave.graph.derive import derive
from basketweave.graph.stats import doctor, stats
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import ServerInfo
from basketweave.serving.recommender import Recommender
from tests.servers import alone_on

Rows = list[tuple[Any, ...]]
FOREIGN = [
    "CREATE (:User {name: 'a login'})",
    "CREATE (:User {name: 'x'})-[:PURCHASED {times: [5]}]->(:Item {sku: 1})",
    "MATCH (i:Item {id: '3'}) CREATE (:User)-[:PURCHASED {times: [1]}]->(i)",
    "MATCH (u:User {id: '2'}) CREATE (u)-[:PURCHASED]->(:Item {title: 'no id'})",
    "MATCH (u:User {id: '2'}) CREATE (u)-[:PURCHASED {times: [1]}]->(:Product {id: '1'})",
    "MATCH (i:Item {id: '3'}) CREATE (:Robot {id: '1'})-[:PURCHASED {times: [1]}]->(i)",
    "MATCH (a:Item {id: '3'}), (b:Item {id: '4'}) CREATE (a)-[:PURCHASED]->(b)",
    "MATCH (a:Item {id: '3'}) CREATE (a)-[:CO_PURCHASED {weight: 9.0}]->(:Product)",
    "MATCH (a:Item {id: '3'}) CREATE (a)-[:MADE_BY]->(:Factory {id: 'North'})",
    "CREATE (:Category {name: 'no id'}), (:Brand)",
    "CREATE (:Dataset {name: 'MNIST'}), (:Dataset {id: 7, notes: 'oops'}), (:Dataset)",
    "CREATE (:Model {name: 'T', version: 1908}), (:Model {kind: 'encoder'}), (:Model)",
    "CREATE (:Model {name: 'gat', version: 1, status: 'live', kind: 'car'})",
]
"""None of it changes what basketweave reads of its own."""


def _remove_nodes(store: GraphStore) -> None:
    store._database.run_alone(  # type: ignore[attr-defined]
        "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
    )


def _remove_schema(store: GraphStore) -> None:
    database = store._database  # type: ignore[attr-defined]
    for what, kind in (("CONSTRAINTS", "CONSTRAINT"), ("INDEXES", "INDEX")):
        shown = database.read(
            f"SHOW {what} YIELD name, type WHERE type <> 'LOOKUP' RETURN name"
        )
        for (name,) in shown:
            database.write(f"DROP {kind} `{name}`")


@pytest.fixture
def store(neo4j_server: ServerInfo) -> Iterator[GraphStore]:
    """A graph without nodes."""
    with alone_on(neo4j_server) as opened:
        yield opened


@pytest.fixture
def bare(store: GraphStore) -> Iterator[GraphStore]:
    """A graph without constraints and indexes; those that a test makes go again."""
    _remove_schema(store)
    yield store
    _remove_schema(store)


@pytest.fixture(scope="module")
def shop() -> Tables:
    """Twenty users and ten items with numbers as ids, and brands."""
    users, items = [str(n) for n in range(20)], [str(n) for n in range(10)]
    rows = [
        (user, item, 1_000 + 10 * u + i)
        for u, user in enumerate(users)
        for i, item in enumerate(items)
        if (7 * u + i * i) % 4 < 2
    ]
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    brands = ["North", "South"] * 5
    return Tables(
        name="shop",
        users=pl.DataFrame({"id": users}),
        items=pl.DataFrame({"id": items, "title": items, "brand": brands}),
        events=events.with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(2.0)),
        user_ids="int",
        item_ids="int",
    )


@pytest.fixture(scope="module")
def right(shop: Tables, tmp_path_factory: pytest.TempPathFactory) -> GraphStore:
    """The same in a file, derived."""
    path: Path = tmp_path_factory.mktemp("right") / "shop.lbug"
    opened = connect(path)
    opened.load(shop)
    derive(opened)
    return opened


def _by_hand(store: GraphStore, *statements: str) -> None:
    for statement in statements:
        store._database.write(statement)  # type: ignore[attr-defined]


def _events(graph: Subgraph) -> Rows:
    e = graph.events["PURCHASED"]
    users, items = graph.ids["User"], graph.ids["Item"]
    value = [None if isnan(v) else v for v in e.value.tolist()]
    return sorted(
        zip(users[e.user], items[e.item], e.time.tolist(), value, strict=True)
    )


def _pairs(graph: Subgraph, kind: str) -> Rows:
    ((source, _, target),) = [r for r in graph.edges if r[1] == kind]
    edges = graph.edges[source, kind, target]
    ends = graph.ids[source][edges.index[0]], graph.ids[target][edges.index[1]]
    weight = edges.columns.get("weight")
    more = [] if weight is None else [weight.astype(float).round(4).tolist()]
    return sorted(zip(*ends, *more, strict=True))


def _all(store: GraphStore) -> list[object]:
    """All that is read for training and for everyone's lists."""
    graph = store.export(relations=["MADE_BY", "CO_PURCHASED", "FOLLOWED_BY"])
    kinds = ("MADE_BY", "CO_PURCHASED", "FOLLOWED_BY")
    lists = Recommender(store).recommend_all(3, known="any")
    assert lists["user"].dtype == pl.Int64
    return [
        {label: ids.to_list() for label, ids in graph.ids.items()},
        _events(graph),
        *(_pairs(graph, kind) for kind in kinds),
        lists.with_columns(pl.col("score").round(4))["user", "item", "score"].rows(),
    ]


@settings(
    deadline=None,
    max_examples=3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    before=st.sets(st.sampled_from(FOREIGN)), after=st.sets(st.sampled_from(FOREIGN))
)
def test_foreign_nodes_change_nothing_of_ours(
    store: GraphStore,
    shop: Tables,
    right: GraphStore,
    before: set[str],
    after: set[str],
) -> None:
    _remove_nodes(store)
    _by_hand(store, *sorted(before))
    store.load(shop)
    derive(store)
    _by_hand(store, *sorted(after - before))
    assert _all(store) == _all(right)
    assert store.load(shop).already_there == len(shop.events)
    assert [f for f in doctor(store) if f.level == "error"] == []


def test_doctor_names_and_counts_what_is_left_out_and_finds_it(
    store: GraphStore, shop: Tables
) -> None:
    store.load(shop)
    _by_hand(store, *FOREIGN)
    told = {str(one): one for one in store.misfits()}
    for words in (
        "3 (User) nodes have no id",
        "2 (Item) nodes have no id",
        "1 (Category) node has no id",
        "1 (Brand) node has no id",
        "3 (Dataset) nodes",
        "4 (Model) nodes",
    ):
        assert any(one.startswith(words) for one in told), (words, list(told))
    assert any("PURCHASED relationships are not from a (User)" in one for one in told)
    for one in told.values():
        assert len(store.run(one.find)) > 0, one
    assert stats(store).users == 20


def test_a_relationship_made_by_hand_counts_in_its_smallest_form(
    store: GraphStore, shop: Tables
) -> None:
    store.load(shop)
    derive(store)
    _by_hand(
        store,
        "CREATE (:User {id: 'eve'}), (:Item {id: 'car'})",
        "MATCH (u:User {id: 'eve'}), (i:Item {id: '1'}) MERGE (u)-[:PURCHASED]->(i)",
        "MATCH (u:User {id: 'eve'}), (i:Item {id: '2'}) MERGE (u)-[:PURCHASED {at: 9000}]->(i)",
        "MATCH (u:User {id: 'eve'}), (i:Item {id: '3'}) MERGE (u)-[:PURCHASED {times: [8, 7], values: [1, 2]}]->(i)",
        "MATCH (u:User {id: 'eve'}), (i:Item {id: '4'}) MERGE (u)-[:PURCHASED {at: 5, value: 3}]->(i)",
        "MATCH (u:User {id: 'eve'}), (i:Item {id: '5'}) MERGE (u)-[:VIEWED {times: 6}]->(i)",
    )
    graph = store.export()
    assert [row for row in _events(graph) if row[0] == "eve"] == [
        ("eve", "1", 0, None),
        ("eve", "2", 9000, None),
        ("eve", "3", 7, 2.0),
        ("eve", "3", 8, 1.0),
        ("eve", "4", 5, 3.0),
    ]
    assert graph.events["VIEWED"].time.tolist() == [6]
    early = store.export(as_of=7)
    assert [row[1:3] for row in _events(early)] == [("1", 0), ("3", 7), ("4", 5)]
    around = store.export(seeds=["eve"], hops=1, as_of=8)
    assert around.ids["Item"].to_list() == ["1", "3", "4", "5"]
    derive(store)
    dataset = store.dataset()
    assert dataset is not None
    assert (dataset.first_at, dataset.last_at) == (5, 9000)
    assert not [one for one in doctor(store) if one.level == "error"]
    lists = Recommender(store).recommend_all(20, known="new")
    assert "eve" in lists["user"].to_list()
    had = lists.filter(pl.col("user") == "eve")["item"].to_list()
    assert not {"1", "2", "3", "4"} & set(had)  # 5 was only looked at


@pytest.mark.parametrize(
    ("properties", "event"),
    [
        ("{times: ['yesterday']}", (0, None)),
        ("{times: [1.5]}", (0, None)),
        ("{times: []}", (0, None)),
        ("{at: datetime()}", (0, None)),
        ("{times: [7], values: [1.0, 2.0]}", (7, None)),
        ("{times: [7], values: ['five']}", (7, None)),
        ("{times: [7], values: 5}", (7, None)),
        ("{times: [7], count: 3, firstAt: 9, lastAt: 9}", (7, None)),
        ("{times: [7], firstAt: 'x'}", (7, None)),
    ],
)
def test_odd_times_and_values_are_named_and_end_in_no_error(
    store: GraphStore, shop: Tables, properties: str, event: tuple[Any, ...]
) -> None:
    store.load(shop)
    _by_hand(
        store,
        "MATCH (i:Item {id: '1'}) "
        f"CREATE (:User {{id: '99'}})-[:PURCHASED {properties}]->(i)",
    )
    found = [row for row in _events(store.export()) if row[0] == "99"]
    assert found == [("99", "1", *event)]
    derive(store)
    (named,) = [one for one in store.misfits() if "PURCHASED" in one.what]
    assert store.run(named.find)["u.id"].to_list() == ["99"]


def test_a_load_dates_what_was_made_by_hand_and_keeps_one_relationship_a_pair(
    store: GraphStore, shop: Tables
) -> None:
    new = shop.events.filter((pl.col("user") == "1") & (pl.col("item") == "1"))
    assert len(new) == 1
    _by_hand(
        store,
        "CREATE (u:User {id: '1'})-[:PURCHASED]->(:Item {id: '1'}), "
        "(u)-[:PURCHASED {at: 5, shop: 'Oslo'}]->(:Item {id: '2'})",
    )
    store.load(shop)
    rows = store.run(
        "MATCH (u:User {id: '1'})-[r:PURCHASED]->(i:Item) WHERE i.id IN ['1', '2'] "
        "RETURN i.id AS item, r.times AS times, r.count AS n, r.shop AS shop "
        "ORDER BY item"
    ).rows()
    time = new["time"].item()
    two = shop.events.filter((pl.col("user") == "1") & (pl.col("item") == "2"))["time"]
    assert rows[0] == ("1", [time], 1, None)
    assert rows[1] == (
        ("2", [5, *two.to_list()], 1 + len(two), "Oslo") if len(two) else rows[1]
    )
    assert len(_events(store.export())) == len(shop.events) + 1


@pytest.mark.parametrize(
    "node", ["User {id: 7}", "User {id: 1.5}", "Item {id: true}", "Item {id: ['1']}"]
)
def test_an_id_that_is_not_text_is_refused_by_all_and_named_by_doctor(
    store: GraphStore, shop: Tables, node: str
) -> None:
    store.load(shop)
    _by_hand(store, f"CREATE (:{node})")
    for refused in (store.export, lambda: store.load(shop), lambda: derive(store)):
        with pytest.raises(StoreError, match=r"id that is not text|id is not text"):
            refused()
    (found, *_) = doctor(store)
    assert found.level == "error"
    assert "toString" in found.advice
    (misfit,) = [one for one in store.misfits() if one.refused]
    assert len(store.run(misfit.find)) == 1
    _by_hand(store, f"MATCH (n:{node}) SET n.id = 'mended'")
    assert "mended" in [*store.export().ids["User"], *store.export().ids["Item"]]


def test_the_same_id_twice_is_refused_before_a_constraint_fails(
    bare: GraphStore, shop: Tables
) -> None:
    _by_hand(bare, "UNWIND ['1', '1', '2'] AS id CREATE (:User {id: id})")
    for refused in (bare.export, lambda: bare.load(shop)):
        with pytest.raises(StoreError, match=r"more than one node|same twice"):
            refused()
    assert bare.misfits()[0].what.startswith("1 (User) id is of more than one node")


def test_one_text_id_among_numbers_is_handed_back_as_text(
    store: GraphStore, shop: Tables
) -> None:
    store.load(shop)
    derive(store)
    _by_hand(
        store,
        "MATCH (i:Item {id: '1'}) CREATE (:User {id: 'eve'})-[:PURCHASED {at: 5}]->(i)",
    )
    client = Recommender(store)
    lists = client.recommend_all(2)
    assert {"eve", "1"} <= set(lists["user"].to_list())
    assert lists["item"].dtype == pl.Int64
    assert isinstance(client.recommend(3)[0].item, int)
    assert client.recommend("eve").user == "eve"


def test_odd_properties_of_items_count_as_none(
    store: GraphStore, shop: Tables, right: GraphStore
) -> None:
    store.load(shop)
    _by_hand(
        store,
        "MATCH (i:Item {id: '1'}) SET i.price = 'dear', i.popularity = 'high', "
        "i.rebuy = [1.0], i.inStock = 'yes', i.title = 5",
    )
    found = store.export(items=["price", "popularity", "rebuy"]).items
    assert found is not None
    assert found.filter(id="1").rows() == [("1", None, None, None)]
    named = [one.what for one in store.misfits()]
    for name in ("price", "popularity", "rebuy", "inStock", "title"):
        assert any(f"`{name}`" in one for one in named), name
    derive(store)
    assert store.export(items=["popularity"]).items["popularity"].dtype == pl.Float64  # type: ignore[index]


def test_names_that_are_taken_are_left_to_others(
    bare: GraphStore, shop: Tables
) -> None:
    _by_hand(
        bare,
        "CREATE CONSTRAINT user_id FOR (c:Customer) REQUIRE c.id IS UNIQUE",
        "CREATE INDEX item_id FOR (c:Customer) ON (c.nick)",
        "CREATE INDEX item_title FOR (c:Customer) ON (c.name)",
        "CREATE CONSTRAINT my_brands FOR (b:Brand) REQUIRE b.id IS UNIQUE",
    )
    bare.load(shop)
    for label in ("User", "Item", "Brand"):
        with pytest.raises(StoreError, match="duplicates"):
            _by_hand(
                bare,
                f"MATCH (n:{label}) WITH n LIMIT 1 CREATE (:{label} {{id: n.id}})",
            )
    shown = bare.run("SHOW INDEXES YIELD name, labelsOrTypes AS on RETURN name, on")
    assert ("item_title", ["Customer"]) in shown.rows()
    assert ("basketweave_item_title", ["Item"]) in shown.rows()
    assert "brand_id" not in shown["name"].to_list()
    assert bare.load(shop).already_there == len(shop.events)


def test_an_index_where_a_constraint_is_to_be_is_named(
    bare: GraphStore, shop: Tables
) -> None:
    _by_hand(bare, "CREATE INDEX mine FOR (u:User) ON (u.id)")
    with pytest.raises(SchemaError, match="DROP INDEX `mine`"):
        bare.load(shop)


@pytest.mark.parametrize(
    "spoil", ["REMOVE d.changes", "SET d.userIds = 7", "SET d = {id: 'dataset'}"]
)
def test_a_dataset_node_that_was_changed_is_refused_by_name(
    store: GraphStore, shop: Tables, spoil: str
) -> None:
    store.load(shop)
    _by_hand(store, f"MATCH (d:Dataset) {spoil}")
    for refused in (store.dataset, lambda: store.load(shop), lambda: derive(store)):
        with pytest.raises(SchemaError, match="DETACH DELETE d"):
            refused()
    _by_hand(store, "MATCH (d:Dataset) DETACH DELETE d")
    store.load(shop)
    assert store.dataset() is not None


def test_a_graph_made_by_hand_alone_is_taken_up_by_derive(store: GraphStore) -> None:
    _by_hand(
        store,
        "UNWIND range(1, 6) AS n CREATE (:User {id: 'u' + n})",
        "UNWIND range(1, 6) AS n CREATE (:Item {id: 'i' + n})",
        "MATCH (u:User), (i:Item) WHERE right(u.id, 1) <= right(i.id, 1) "
        "MERGE (u)-[:PURCHASED {at: toInteger(right(i.id, 1)) * 86400}]->(i)",
    )
    assert (
        "basketweave derive"
        in [f for f in doctor(store) if f.level == "warning"][-1].advice
    )
    derive(store)
    dataset = store.dataset()
    assert dataset is not None
    assert (dataset.first_at, dataset.last_at) == (86400, 6 * 86400)
    assert {r.item for r in Recommender(store).recommend("u6", known="new")} >= {"i5"}


def test_both_ends_of_derived_relationships_made_twice_are_mended(
    store: GraphStore, shop: Tables, right: GraphStore
) -> None:
    store.load(shop)
    derive(store)
    _by_hand(
        store,
        "MATCH (a:Item)-[r:CO_PURCHASED]->(b:Item) WITH a, b LIMIT 3 "
        "CREATE (a)-[:CO_PURCHASED {weight: 'heavy'}]->(b)",
        "MATCH (:Item)-[r:FOLLOWED_BY]->(:Item) WITH r LIMIT 3 SET r.weight = null",
    )
    assert len([one for one in store.misfits() if "weight" in one.what]) == 2
    derive(store)
    assert _all(store) == _all(right)
