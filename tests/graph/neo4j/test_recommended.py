"""Everyone's lists as relationships: each is the old one or the new one, whole."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import polars as pl
import pytest

from basketweave.errors import NotReadyError
from basketweave.graph.neo4j import Neo4jStore, recommended
from basketweave.graph.stats import doctor
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import ServerInfo
from tests.servers import alone_on

Rows = list[tuple[Any, ...]]
USERS = ("ann", "bob", "cat")
READ = """
    MATCH (u:User)-[r:RECOMMENDED]->(i:Item)
    RETURN u.id AS user, r.rank AS rank, i.id AS item, r.score AS score, r.model AS model
    ORDER BY user, rank
    """


@pytest.fixture
def store(neo4j_server: ServerInfo, checkerboard: Tables) -> Iterator[Neo4jStore]:
    """The checkerboard on the server that all tests share."""
    with alone_on(neo4j_server) as opened:
        assert isinstance(opened, Neo4jStore)
        with pytest.raises(NotReadyError, match="empty"):
            opened.write_recommended([lists("a")], "x")
        opened.load(checkerboard)
        yield opened


def lists(items: str, users: tuple[str, ...] = USERS) -> pl.LazyFrame:
    """The same list for each of these people."""
    rows = [
        (user, rank, item, 1 / rank)
        for user in users
        for rank, item in enumerate(items, 1)
    ]
    return pl.LazyFrame(rows, schema=["user", "rank", "item", "score"], orient="row")


def standing(store: Neo4jStore) -> Rows:
    return store.run(READ).rows()


def said(store: Neo4jStore) -> list[str]:
    return [str(one) for one in doctor(store) if "RECOMMENDED" in one.what]


def test_lists_stand_in_place_of_those_before(store: Neo4jStore) -> None:
    database = store.database
    theirs = (
        "MATCH (u:User {id: 'ann'}), (i:Item {id: 'f'}) CREATE (u)-[:RECOMMENDED]->(i)"
    )
    database.write(theirs)
    assert said(store) == []
    parts = [lists("abc", ("ann", "cat")), lists("abc", ("bob",))]
    changes = store.dataset()
    assert store.write_recommended(parts, "blend_new_v1") == 9
    assert store.write_recommended([lists("zd", ("ann", "bob", "nobody"))], "v2") == 2
    assert store.dataset() == changes
    assert standing(store) == [
        ("ann", 2, "d", 0.5, "v2"),
        ("ann", None, "f", None, None),
        ("bob", 2, "d", 0.5, "v2"),
    ]
    assert said(store)[0].startswith(
        "note: 2 RECOMMENDED relationships are kept, the newest from v2."
    )
    assert store.delete_items("d").links == 2  # its category and its brand
    assert store.write_recommended([lists("ab")], "v3") == 6
    assert store.remove_recommended() == 6
    assert standing(store) == [("ann", None, "f", None, None)]


def test_a_job_that_is_broken_off_leaves_each_list_whole(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommended, "BATCH", 3)
    store.write_recommended([lists("abc")], "old")
    put = recommended._put

    def broken(given: Any, tx: Any) -> int:
        if "cat" in given["users"]:
            tx(recommended._TAKE, users=given["users"])
            raise KeyboardInterrupt
        return put(given, tx)

    with monkeypatch.context() as patch:
        patch.setattr(recommended, "_put", broken)
        with pytest.raises(KeyboardInterrupt):
            store.write_recommended([lists("def")], "new")
    found = {
        user: "".join(item for one, _, item, *_ in standing(store) if one == user)
        for user in USERS
    }
    assert found == {"ann": "def", "bob": "def", "cat": "abc"}
    assert "3 RECOMMENDED relationships are older" in said(store)[0]
    store.write_recommended([lists("def")], "new")
    assert [item for *_, item, _, _ in standing(store)] == [*"defdefdef"]
    assert len(said(store)) == 1


def test_a_reader_meanwhile_sees_whole_lists(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommended, "BATCH", 3)
    store.write_recommended([lists("abc")], "first")
    seen, stop = set[str](), Event()
    one = (
        "MATCH (:User {id: 'bob'})-[r:RECOMMENDED]->(i:Item) "
        "WITH i.id AS item ORDER BY r.rank RETURN collect(item) AS items"
    )

    def read() -> None:
        while not stop.is_set():
            seen.add("".join(store.run(one)["items"][0]))

    reader = Thread(target=read)
    reader.start()
    for turn in range(6):
        store.write_recommended([lists(("def", "abc")[turn % 2])], f"v{turn}")
    stop.set()
    reader.join()
    assert seen <= {"abc", "def"}
