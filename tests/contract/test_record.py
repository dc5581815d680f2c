"""What is recorded is there at once, once, where it belongs, and after a kill."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basketweave.errors import DataError, NotFoundError, UsageError
from basketweave.graph import GraphStore, Subgraph, Vectors
from basketweave.graph.derive import derive
from basketweave.graph.known import Known
from basketweave.graph.recorded import Recorded
from basketweave.graph.stats import doctor
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

DAY = 86_400
Rows = Callable[..., list[tuple[Any, ...]]]
Make = Callable[..., Tables]


def event(user: str, item: str, time: Any = 20 * DAY, **more: Any) -> dict[str, Any]:
    return {"user": user, "item": item, "time": time, **more}


def told(graph: Subgraph) -> list[tuple[Any, ...]]:
    """All events in their order, with all that they say."""
    users, items = graph.ids["User"].to_list(), graph.ids["Item"].to_list()
    out = []
    for kind, e in graph.events.items():
        millis = [0] * len(e) if e.millis is None else e.millis.tolist()
        for k in range(len(e)):
            value = None if math.isnan(e.value[k]) else float(e.value[k])
            who = users[int(e.user[k])], items[int(e.item[k])]
            out.append((kind, *who, int(e.time[k]), millis[k], value))
    return out


def test_one_event_is_there(loaded: GraphStore, rows: Rows) -> None:
    assert loaded.record(event("ann", "b")) == Recorded(1, 0, 0, 0)
    assert ("ann", "b", 20 * DAY, None) in rows(loaded.export())
    held = loaded.dataset()
    assert held is not None
    assert (held.first_at, held.last_at) == (DAY, 20 * DAY)


@pytest.mark.parametrize("frame", [list, pl.DataFrame, pd.DataFrame])
def test_several_are_there_whatever_holds_them(
    loaded: GraphStore, rows: Rows, frame: Callable[..., Any]
) -> None:
    many = [event("ann", item, value=2.5, kind="RATED") for item in "abcdef"]
    assert loaded.record(frame(many)) == Recorded(6, 0, 0, 0)
    found = rows(loaded.export(), "RATED")
    assert found == [("ann", item, 20 * DAY, 2.5) for item in "abcdef"]


def test_the_same_again_changes_nothing(loaded: GraphStore) -> None:
    many = [event("ann", "b"), event("bob", "a", "1970-01-22 12:00:00.250")]
    assert loaded.record(many).events == 2
    assert loaded.record([*many, *many]) == Recorded(0, 4, 0, 0)
    before = told(loaded.export())
    assert loaded.record(many) == Recorded(0, 2, 0, 0)
    assert told(loaded.export()) == before
    assert len(before) == 18


def test_what_was_loaded_is_there_already(
    loaded: GraphStore, checkerboard: Tables
) -> None:
    same = checkerboard.events.select("user", "item", "time", "kind", "value")
    assert loaded.record(same) == Recorded(0, 16, 0, 0)


def test_repeats_within_one_call_count_once(loaded: GraphStore) -> None:
    many = [event("ann", "b", id="1"), event("ann", "c", id="1"), event("ann", "b")]
    assert loaded.record(many) == Recorded(1, 2, 0, 0)


def test_an_id_of_the_callers_counts_once(loaded: GraphStore, place: Any) -> None:
    assert loaded.record(event("ann", "b", id="order-1")).events == 1
    later = event("bob", "c", 30 * DAY, id="order-1")
    assert loaded.record(later) == Recorded(0, 1, 0, 0)
    loaded.export()
    assert loaded.record(later) == Recorded(0, 1, 0, 0)
    loaded.close()
    with place.open() as again:
        assert again.record(later) == Recorded(0, 1, 0, 0)
        assert again.record({**later, "id": "order-2"}).events == 1


def test_each_newer_than_all_before_stands_behind_them(loaded: GraphStore) -> None:
    derive(loaded)  # with which the items are popular
    stood, wanted = told(loaded.export()), []
    one_by_one: list[dict[str, Any]] = [
        event("ann", "b"),  # the first of its pair, and of the store's days
        event("ann", "b"),
        event("ann", "b", value=2.0),
        event("ann", "b"),
        event("ann", "a"),  # a pair that is there
        event("ann", "a", "+.250"),
        event("ann", "a"),
        event("bob", "a", value=3.0),
        event("bob", "a"),
        event("bob", "c", "+.500"),
        event("bob", "c", "+.500"),
        event("cat", "b", kind="VIEWED"),
        event("cat", "b", kind="VIEWED", id="1"),
        event("cat", "b", kind="VIEWED", id="1"),  # which is there already
        event("cat", "b", kind="VIEWED", id="2"),
        event("dan", "b"),
        event("zoe", "a"),
        event("zoe", "new"),
        event("ann", "new"),
    ]
    ids: set[str] = set()
    for n, one in enumerate(one_by_one, 21):
        fine = 0 if one["time"] == 20 * DAY else int(one["time"][2:])
        one["time"] = n * DAY + fine / 1000
        new = one.get("id") not in ids
        assert loaded.record(one).events == new, one
        assert loaded.record(one) == Recorded(0, 1, 0, 0), one
        if new:
            kind, value = one.get("kind", "PURCHASED"), one.get("value")
            wanted.append((kind, one["user"], one["item"], n * DAY, fine, value))
        ids |= {one["id"]} if "id" in one else set()
    assert sorted(told(loaded.export()), key=str) == sorted([*stood, *wanted], key=str)
    held = loaded.dataset()
    assert held is not None
    assert held.last_at == 39 * DAY
    # Newer than all of eve, whose last is of the fifth day, and than none of the others.
    assert loaded.record(event("eve", "b", 6 * DAY)).events == 1
    assert loaded.record(event("eve", "d", 6 * DAY)).events == 1
    assert loaded.record(event("eve", "b", 39 * DAY)).events == 1
    found = [(i, at // DAY) for _, u, i, at, *_ in told(loaded.export()) if u == "eve"]
    assert found[-3:] == [("b", 6), ("d", 6), ("b", 39)]
    now = loaded.dataset()
    assert now is not None
    assert (now.first_at, now.last_at) == (held.first_at, held.last_at)
    assert loaded.misfits() == []


def test_without_a_time_it_is_now(loaded: GraphStore) -> None:
    before = int(time.time())
    loaded.record({"user": "ann", "item": "b"})
    held = loaded.dataset()
    assert held is not None
    assert held.last_at is not None
    assert before <= held.last_at <= time.time()


def test_late_events_stand_where_they_belong(loaded: GraphStore) -> None:
    loaded.record([event("ann", "b", 2 * DAY), event("ann", "d", 4 * DAY)])
    loaded.record(event("ann", "a", 2 * DAY))
    found = [
        (item, at // DAY)
        for _, user, item, at, *_ in told(loaded.export())
        if user == "ann"
    ]
    assert found == [
        *[("a", 1), ("b", 2), ("a", 2), ("c", 3), ("d", 4), ("e", 5), ("a", 9)]
    ]
    held = loaded.dataset()
    assert held is not None
    assert held.last_at == 9 * DAY


def test_unknown_names_come_into_being(loaded: GraphStore, rows: Rows) -> None:
    made = loaded.record([event("zoe", "new"), event("zoe", "a"), event("ann", "new")])
    assert made == Recorded(3, 0, users=1, items=1)
    assert loaded.record(event("zoe", "new", 21 * DAY)) == Recorded(1, 0, 0, 0)
    graph = loaded.export()
    assert "zoe" in graph.ids["User"].to_list()
    assert ("zoe", "new", 20 * DAY, None) in rows(graph)


def test_unknown_names_are_refused_where_asked(loaded: GraphStore) -> None:
    known = event("ann", "b")
    with pytest.raises(
        NotFoundError, match=r"no user 'zack' \(and 1 more\).*create=True"
    ):
        loaded.record(
            [known, event("zoe", "a"), event("zack", "a")][::-1], create=False
        )
    with pytest.raises(NotFoundError, match="no item 'new'"):
        loaded.record([known, event("ann", "new")], create=False)
    assert len(told(loaded.export())) == 16
    assert loaded.record(known, create=False).events == 1


BAD: list[tuple[Any, str]] = [
    ({"item": "a"}, "has no user"),
    ({"user": "ann"}, "has no item"),
    ({"user": None, "item": "a"}, "has no user"),
    ({"user": "ann", "item": ""}, "at least one character"),
    ({"user": 1.5, "item": "a"}, "is no id"),
    ({"user": "ann", "item": "\ud800"}, "surrogate"),
    ({"user": "ann", "item": "a", "kind": "PURCHASE"}, "mean 'PURCHASED'"),
    ({"user": "ann", "item": "a", "time": "yesterday"}, "is not a time"),
    ({"user": "ann", "item": "a", "time": 1_700_000_000_000}, "milliseconds"),
    ({"user": "ann", "item": "a", "time": time.time() + 2 * DAY}, "a day ahead"),
    ({"user": "ann", "item": "a", "value": "many"}, "is no number"),
    ({"user": "ann", "item": "a", "value": math.inf}, "too large"),
    ({"user": "ann", "item": "a", "id": ""}, "at least one character"),
    ({"user": "ann", "item": "a", "tiem": 5}, "mean 'time'"),
    ("ann bought a", "is no mapping"),
]


def test_a_bad_event_is_named_and_nothing_written(
    loaded: GraphStore, subtests: pytest.Subtests
) -> None:
    for bad, says in BAD:
        with subtests.test(says=says):
            with pytest.raises(DataError, match=f"(?s)Event 2 cannot.*none.*{says}"):
                loaded.record([event("ann", "b"), bad])
            assert len(told(loaded.export())) == 16


def test_what_holds_no_events_is_refused(loaded: GraphStore) -> None:
    for nothing in (7, "ann", None, b"x"):
        with pytest.raises(UsageError, match="is no event"):
            loaded.record(nothing)  # type: ignore[arg-type]


def test_no_events_are_nothing(loaded: GraphStore) -> None:
    assert loaded.record([]) == Recorded()


def test_an_empty_store_begins_with_it(store: GraphStore, rows: Rows) -> None:
    assert store.record([]) == Recorded()
    assert store.dataset() is None
    made = store.record([{"user": 7, "item": 1, "time": 5}, {"user": 8, "item": 1}])
    assert made == Recorded(2, 0, 2, 1)
    held = store.dataset()
    assert held is not None
    assert (held.name, held.user_ids, held.item_ids) == ("recorded", "int", "int")
    assert rows(store.export())[0] == ("7", "1", 5, None)


@pytest.fixture
def shop(loaded: GraphStore, make_vectors: Callable[..., Vectors]) -> GraphStore:
    """The checkerboard, derived, with vectors and weights for them."""
    derive(loaded)
    loaded.publish(make_vectors(1))
    return loaded


def offered(shop: Recommender, user: str, **asked: Any) -> list[Any]:
    return [one.item for one in shop.recommend(user, k=9, **asked)]


WEIGHTS = {"graph": 0.5, "repeat": 0.5, "popularity": 0.2, "gnn": 0.3}


def test_the_next_request_knows_what_was_bought(shop: GraphStore) -> None:
    """In one store: on Neo4j all statements are planned anew after each publish."""
    client = Recommender(shop)
    _a_new_user_and_a_new_item_are_answered_at_once(shop, client)
    assert "b" in offered(client, "ann")
    shop.record(event("ann", "b"))
    assert "b" not in offered(client, "ann")
    again = client.recommend("ann", known="again", weights=WEIGHTS)
    (own,) = (one for one in again if one.item == "b")
    assert own.parts["repeat"].raw > 0
    assert [step.id for step in own.path] == ["ann", "b"]
    before = client.recommend("ann", known="any", as_of=10 * DAY, weights=WEIGHTS)
    assert next(one for one in before if one.item == "b").parts["repeat"].raw == 0
    shop.record(event("bob", "a", kind="VIEWED"))
    assert client.explain("bob", "a").path[0].relationship == "VIEWED"


def _a_new_user_and_a_new_item_are_answered_at_once(
    shop: GraphStore, client: Recommender
) -> None:
    offered(client, "ann", weights=WEIGHTS)
    shop.record([event("zoe", "a"), event("zoe", "zz-new"), event("ann", "0-new")])
    found = offered(client, "zoe", weights=WEIGHTS)
    assert {"c", "e"} <= set(found)
    assert {"a", "zz-new"}.isdisjoint(found)
    assert client.explain("zoe", "zz-new").item == "zz-new"
    assert "0-new" in offered(client, "ann", known="again", weights=WEIGHTS)
    assert offered(client, "zoe", where={"brands": ["North"]}) == ["c", "e"]
    assert client.session(["zz-new", "a"], k=3)
    assert list(client.similar("zz-new")) == []
    with pytest.raises(NotFoundError):
        client.recommend("nobody")


def test_answers_are_those_of_a_store_that_was_loaded(
    shop: GraphStore, events: Make
) -> None:
    """What stands beside the file counts as if it stood in it."""
    client = Recommender(shop)
    offered(client, "ann")
    shop.record(
        [
            event("ann", "b"),
            event("zoe", "c", 3 * DAY),
            event("zoe", "x y", 4 * DAY),
            event("bob", "b", 19 * DAY),
            event("ann", "f", kind="VIEWED"),
        ]
    )
    kinds: tuple[Known, ...] = ("any", "new")
    asked = [(user, known) for user in ("ann", "bob", "zoe") for known in kinds]
    fresh = [
        [
            (one.item, one.score, one.parts, one.path)
            for one in client.recommend(user, 9, known=known, weights=WEIGHTS)
        ]
        for user, known in asked
    ]
    shop.export()  # the embedded store puts them into its file for that
    settled = [
        [
            (one.item, one.score, one.parts, one.path)
            for one in client.recommend(user, 9, known=known, weights=WEIGHTS)
        ]
        for user, known in asked
    ]
    assert fresh == settled


def test_all_that_reads_the_store_sees_it(shop: GraphStore, rows: Rows) -> None:
    def counted() -> int:
        found = shop.run(
            "MATCH (:User)-[e:PURCHASED]->(:Item {id: 'f'}) RETURN count(e) AS n"
        )
        return int(found["n"][0])

    before = counted()
    shop.record(event("ann", "f"))
    assert counted() == before + 1
    shop.record(event("cat", "f"))
    told_now = "\n".join(f"{one.what} {one.advice}" for one in doctor(shop))
    assert "derive" in told_now
    shop.record(event("eve", "f"))
    everyone = Recommender(shop).recommend_all(9, known="new")
    assert "f" not in everyone.filter(pl.col("user") == "eve")["item"].to_list()
    shop.record(event("eve", "d"))
    derive(shop)
    popular = shop.export(items=["popularity"]).items
    assert popular is not None
    shop.record(event("eve", "b"))
    assert ("eve", "b", 20 * DAY, None) in rows(shop.export(seeds=["eve"]))


NAMES = st.sampled_from(["ann", "bob", "new", "10", "9"])
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "user": NAMES,
            "item": st.sampled_from(["a", "b", "c", "z", "10", "9"]),
            "kind": st.sampled_from(["PURCHASED", "PURCHASED", "VIEWED"]),
            "time": st.sampled_from([3, 4, 5, 5.25, 5.5, 10 * DAY]),
            "value": st.sampled_from([None, 1.0, 4.5]),
        }
    ),
    max_size=14,
)


@settings(
    max_examples=settings().max_examples // 16,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=st.lists(EVENTS, min_size=1, max_size=3), reads=st.booleans())
def test_recorded_in_parts_or_loaded_at_once_is_the_same(
    place: Any, make_empty: Callable[[], None], batches: list[Any], reads: bool
) -> None:
    rows = [row for batch in batches for row in batch]
    make_empty()
    with place.open() as store:
        store.load(_start())
        for batch in batches:
            store.record(batch)
            if reads:
                store.export()
        recorded = store.export()
    make_empty()
    with place.open() as store:
        store.load(_start())
        if rows:
            store.load(_tables(rows))
        wanted = store.export()
    assert told(recorded) == told(wanted)
    for label in ("User", "Item"):
        assert recorded.ids[label].to_list() == wanted.ids[label].to_list()


def _start() -> Tables:
    return _tables(
        [
            {"user": "ann", "item": "b", "kind": "PURCHASED", "time": 5, "value": None},
            {"user": "ann", "item": "10", "kind": "VIEWED", "time": 5, "value": 1.0},
            {"user": "bob", "item": "9", "kind": "PURCHASED", "time": 7, "value": None},
        ]
    )


def _tables(rows: list[dict[str, Any]]) -> Tables:
    times = [float(row["time"]) for row in rows]
    frame = pl.DataFrame(
        {
            **{name: [row[name] for row in rows] for name in ("user", "item", "kind")},
            "time": [int(at) for at in times],
            "value": pl.Series([row["value"] for row in rows], dtype=pl.Float64),
            "millis": [int(at % 1 * 1000) for at in times],
        }
    )
    items = frame.select(id=pl.col("item").unique(maintain_order=True))
    bare = {"users": frame["user"].unique(), "items": items["id"]}
    return Tables(
        name="few",
        users=frame.select(id=pl.col("user").unique(maintain_order=True)),
        items=items.with_columns(title=pl.lit(None, pl.String)),
        events=frame,
        bare=bare,
    )


def test_what_is_recorded_during_a_publish_is_not_lost(
    shop: GraphStore, make_vectors: Callable[..., Vectors]
) -> None:
    # twice: on Neo4j all statements of both threads are planned anew after each
    _while_recording(shop, lambda n: shop.publish(make_vectors(n)), times=2)


def test_what_is_recorded_during_a_load_is_not_lost(
    shop: GraphStore, checkerboard: Tables
) -> None:
    def load(n: int) -> None:
        at = pl.lit((30 + n) * DAY, pl.Int64)
        more = checkerboard.events.with_columns(time=at).unique(["user", "item"])
        bare = {"users": checkerboard.users["id"], "items": checkerboard.items["id"]}
        shop.load(
            Tables(
                "next",
                checkerboard.users,
                checkerboard.items.select("id", "title"),
                more,
                bare=bare,
            )
        )

    _while_recording(shop, load, times=4)
    loads = [row for row in told(shop.export()) if row[3] >= 30 * DAY]
    assert len(loads) == 4 * 15


def _while_recording(
    store: GraphStore, write: Callable[[int], object], times: int
) -> None:
    """One thread records, and another reads, while this one writes."""
    stop, done = threading.Event(), list[int]()
    client = Recommender(store)

    def records() -> None:
        while not stop.is_set():
            at = 20 * DAY + len(done)
            store.record(event("abcde"[len(done) % 5], "abcdef"[len(done) % 6], at))
            store.record(event("ann", "a", at))
            client.recommend("ann", known="any")
            done.append(at)

    with ThreadPoolExecutor(1) as pool:
        recording = pool.submit(records)
        try:
            for n in range(times):
                write(n)
        finally:
            stop.set()
        recording.result()
    assert done
    found = [row[3] for row in told(store.export()) if row[1:3] == ("ann", "a")]
    assert [at for at in found if 20 * DAY <= at < 30 * DAY] == done


_RECORD_AND_DIE = """
import json, os, signal, sys
from basketweave.graph import connect
uri, login = json.loads(sys.argv[1])
store = connect(uri, **login)
for n in range(5):
    store.record([{"user": "ann", "item": f"i{n}", "time": 86400 * 20 + n}])
    store.record([{"user": "zoe", "item": f"i{n}", "time": 86400 * 20 + n, "id": f"e{n}"}])
print("recorded", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("read_only", [False, True])
def test_killed_right_after_it_is_there(
    place: Any, checkerboard: Tables, read_only: bool
) -> None:
    with place.open() as store:
        store.load(checkerboard)
        derive(store)
    ended = subprocess.run(
        [sys.executable, "-c", _RECORD_AND_DIE, json.dumps([place.uri, place.login])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "recorded\n", ended.stderr
    with place.open(read_only=read_only) as store:
        found = offered(Recommender(store), "zoe", known="again")
        assert set(found) == {f"i{n}" for n in range(5)}
        assert len(told(store.export())) == 26
    with place.open() as store:
        again = store.record(event("zoe", "other", 30 * DAY, id="e3"))
        assert again == Recorded(0, 1, 0, 0)
