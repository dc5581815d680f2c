"""What is taken away is gone, with all that hangs on it, and told in counts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from basketweave.errors import DataError, NotFoundError, UsageError
from basketweave.graph import GraphStore, Vectors
from basketweave.graph.derive import derive
from basketweave.graph.removed import Deleted, Forgotten
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

DAY = 86_400
Rows = Callable[..., list[tuple[Any, ...]]]


def event(user: str, item: str, time: Any = 20 * DAY, **more: Any) -> dict[str, Any]:
    return {"user": user, "item": item, "time": time, **more}


@pytest.fixture
def shop(loaded: GraphStore, make_vectors: Callable[..., Vectors]) -> GraphStore:
    """The checkerboard, derived, with two versions of vectors."""
    derive(loaded)
    loaded.publish(make_vectors(1))
    loaded.publish(make_vectors(2))
    return loaded


def bounds(store: GraphStore) -> tuple[int | None, int | None]:
    held = store.dataset()
    assert held is not None
    return held.first_at, held.last_at


def test_an_event_is_deleted_by_what_it_is(loaded: GraphStore, rows: Rows) -> None:
    assert loaded.delete_events(event("ann", "a", DAY)) == 1
    assert loaded.delete_events(event("ann", "a", DAY)) == 0
    found = rows(loaded.export())
    assert len(found) == 15
    assert ("ann", "a", 9 * DAY, 1.0) in found
    assert loaded.record(event("ann", "a", DAY)).events == 1


def test_an_event_is_deleted_by_its_id(loaded: GraphStore, rows: Rows) -> None:
    loaded.record([event("ann", "b", id="o-1"), event("ann", "d", id="o-2")])
    assert loaded.delete_events({"id": "o-1"}) == 1
    assert loaded.delete_events([{"id": "o-1"}, {"id": "none"}]) == 0
    assert ("ann", "b", 20 * DAY, None) not in rows(loaded.export())
    assert loaded.delete_events(event("bob", "b", id="o-2")) == 1
    assert len(rows(loaded.export())) == 16
    assert loaded.record(event("bob", "c", id="o-1")).events == 1


def test_of_a_pair_the_other_events_stay(loaded: GraphStore, rows: Rows) -> None:
    loaded.record(
        [
            event("ann", "a", "1970-01-21 00:00:00.250", value=2),
            event("ann", "a", kind="VIEWED"),
            event("ann", "a", value=5),
        ]
    )
    gone = [event("ann", "a"), event("ann", "a", DAY), event("bob", "a", DAY)]
    assert loaded.delete_events(gone) == 2
    assert [one for one in rows(loaded.export()) if one[:2] == ("ann", "a")] == [
        ("ann", "a", 9 * DAY, 1.0),
        ("ann", "a", 20 * DAY, 2.0),
    ]
    assert rows(loaded.export(), "VIEWED") == [("ann", "a", 20 * DAY, None)]


def test_the_bounds_are_those_of_the_rest(loaded: GraphStore) -> None:
    loaded.record(event("ann", "b"))
    assert bounds(loaded) == (DAY, 20 * DAY)
    assert loaded.delete_events(event("ann", "b")) == 1
    assert bounds(loaded) == (DAY, 9 * DAY)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"user": "ann", "item": "a"}, "neither an id nor a time"),
        ({"item": "a", "time": 5}, "has no user"),
        ({"user": "ann", "item": "a", "time": 5, "kind": "x"}, "no kind of event"),
        ("a", "is no mapping"),
    ],
)
def test_a_bad_event_is_named_and_nothing_deleted(
    loaded: GraphStore, rows: Rows, bad: Any, says: str
) -> None:
    with pytest.raises(DataError, match=f"Event 2 cannot be deleted.*none.*{says}"):
        loaded.delete_events([event("ann", "a", DAY), bad])
    assert len(rows(loaded.export())) == 16


def test_an_item_goes_with_all_of_it(shop: GraphStore, rows: Rows) -> None:
    client = Recommender(shop)
    assert client.explain("ann", "a").item == "a"
    shop.record([event("ann", "b", id="o-1"), event("zoe", "0new", id="o-2")])
    assert shop.delete_items(["a", "none"]) == Deleted(1, 4, 10, 2)
    assert shop.item("a") is None
    graph = shop.export(relations=["CO_PURCHASED", "IN_CATEGORY", "MADE_BY"])
    assert graph.ids["Item"].to_list() == ["0new", "b", "c", "d", "e", "f"]
    assert len(rows(graph)) == 14
    assert "a" not in shop.vectors("gat").items.to_list()
    with pytest.raises(NotFoundError, match="no item 'a'"):
        client.explain("ann", "a")
    found = client.recommend("ann", 9, known="any", weights={"gnn": 1, "popularity": 1})
    assert {one.item for one in found} == {"0new", "b", "c", "d", "e", "f"}
    assert shop.delete_items("0new") == Deleted(1, 1, 0, 0)
    again = shop.record([event("zoe", "b", id="o-1"), event("zoe", "b", id="o-2")])
    # What was told once is not told again, so no repeat brings back a deleted item.
    assert (again.events, again.already_there) == (0, 2)
    assert shop.delete_items([]) == Deleted()
    assert shop.upsert_items({"id": "a", "title": "Again"}).created == 1
    assert shop.item("a")["brand"] is None  # type: ignore[index]


def test_a_person_is_forgotten(shop: GraphStore, rows: Rows) -> None:
    client = Recommender(shop)
    shop.record([event("ann", "b", id="o-1"), event("zoe", "a", id="o-2")])
    assert client.recommend("ann", 3)
    assert shop.forget_user("ann") == Forgotten(1, 5, 2)
    assert shop.forget_user("ann") == Forgotten()
    assert shop.forget_user("zoe") == Forgotten(1, 1, 0)
    assert shop.user("ann") is None
    assert all(one[0] not in ("ann", "zoe") for one in rows(shop.export()))
    assert "ann" not in shop.vectors("gat").users.to_list()
    with pytest.raises(NotFoundError, match="no user 'ann'"):
        client.recommend("ann")
    found = shop.run("MATCH (n:EventId) RETURN count(n) AS n")
    assert found["n"].to_list() == [0]
    assert bounds(shop) == (DAY, 6 * DAY)
    assert shop.record(event("ann", "c", id="o-1")).users == 1
    assert client.recommend("ann", known="again")[0].item == "c"


@pytest.mark.parametrize("odd", ["ü/ä 🛒", "a'b\"c", "x" * 5_000, "007"])
def test_any_id_is_taken_away(loaded: GraphStore, odd: str) -> None:
    loaded.upsert_items({"id": odd})
    loaded.record([event(odd, odd, id=odd), event("ann", odd)])
    assert loaded.delete_events({"id": odd}) == 1
    assert loaded.delete_items(odd) == Deleted(1, 1, 0, 0)
    assert loaded.forget_user(odd).users == 1
    assert loaded.forget_user("nobody") == Forgotten()
    for bad in (None, "", 1.5):
        with pytest.raises(UsageError):
            loaded.forget_user(bad)  # type: ignore[arg-type]
        with pytest.raises(UsageError):
            loaded.delete_items([bad])  # type: ignore[list-item]


_FORGET_AND_DIE = """
import json, os, signal, sys
from basketweave.graph import connect
uri, login = json.loads(sys.argv[1])
store = connect(uri, **login)
store.record({"user": "ann", "item": "b", "time": 5, "id": "o-1"})
store.forget_user("ann")
store.delete_items("f")
store.delete_events({"user": "eve", "item": "a", "time": 86400})
print("gone", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_killed_right_after_it_stays_away(
    place: Any, checkerboard: Tables, rows: Rows
) -> None:
    with place.open() as store:
        store.load(checkerboard)
    ended = subprocess.run(
        [sys.executable, "-c", _FORGET_AND_DIE, json.dumps([place.uri, place.login])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "gone\n", ended.stderr
    with place.open() as store:
        found = rows(store.export())
        assert len(found) == 16 - 4 - 2 - 1
        assert all(row[0] != "ann" and row[1] != "f" for row in found)
