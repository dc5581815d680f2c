"""A store that one process writes, as others read it; here both are in one process."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.errors import DataError, StoreError
from basketweave.graph.derive import derive
from basketweave.graph.embedded.sharing import ReaderStore, shared
from basketweave.graph.embedded.store import LadybugStore
from basketweave.graph.vectors import ModelCard, Vectors, unit

BOUGHT = "MATCH (:User)-[one:PURCHASED]->(:Item) RETURN count(*) AS n"
USERS, ITEMS = ["ann", "bob", "cat", "dan"], [*"abcdef"]


@pytest.fixture
def writer(path: Path) -> Iterator[LadybugStore]:
    with LadybugStore(path) as store:
        derive(store)
        yield store


@pytest.fixture
def reader(writer: LadybugStore, path: Path) -> Iterator[ReaderStore]:
    with shared(writer) as channel, ReaderStore(path, channel) as store:
        yield store


def vectors(seed: int) -> Vectors:
    drawn = np.random.default_rng(seed)
    rows = [
        unit(drawn.normal(size=(n, 3)).astype(np.float32))
        for n in (len(USERS), len(ITEMS))
    ]
    return Vectors(ModelCard("made"), pl.Series(USERS), pl.Series(ITEMS), *rows)


def told(store: LadybugStore) -> list[Any]:
    """What requests read, with nothing put into the file for it."""
    with store.asking() as (_, seen):
        recent = {user: seen.of(user) for user in [*USERS, "new"]}
    return [
        recent,
        store.latest("ann", 9),
        store.models(),
        *(store.items(limit=50), store.users(limit=50)),
        *(store.find_items("", 50), store.count("Item")),
    ]


def test_what_was_written_is_read_whichever_wrote_it(
    writer: LadybugStore, reader: ReaderStore
) -> None:
    chance = random.Random(3)

    def event(store: LadybugStore) -> None:
        user, item = chance.choice([*USERS, "new"]), chance.choice([*ITEMS, "g", "h"])
        time = 2_000_000 + chance.randrange(9)
        store.record([{"user": user, "item": item, "time": time, "kind": "VIEWED"}])

    def described(store: LadybugStore) -> None:
        store.upsert_items({"id": chance.choice("abgi"), "price": chance.random()})

    def published(store: LadybugStore) -> None:
        store.publish(vectors(chance.randrange(9)))

    what: list[Callable[[LadybugStore], object]] = [
        *(published, event, event, described, LadybugStore.dataset, described),
        *(lambda s: s.forget_user("new"), lambda s: s.delete_items("g")),
    ]
    for step in [*what, *chance.choices(what, k=10)]:
        who = chance.choice([writer, reader])
        step(who)
        if who is writer and step in (published, LadybugStore.dataset):
            reader.settle()
        assert told(reader) == told(writer), step
    derive(writer)
    assert reader.related("a", 9).equals(writer.related("a", 9))
    assert reader.run(BOUGHT)["n"][0] == writer.run(BOUGHT)["n"][0]


def test_a_file_with_new_models_alone_is_known_as_such(
    writer: LadybugStore, reader: ReaderStore
) -> None:
    reader.models()
    writer.record([{"user": "ann", "item": "b"}, {"user": "eve", "item": "new"}])
    seen = reader.changes  # which has no look at the file
    assert reader.latest("ann", 1).keys() == {"b"}
    writer.publish(vectors(0))
    reader.settle()
    follows = reader.follows
    assert follows is not None
    assert follows.number == seen
    assert [event.item for event in follows.folded.of("ann")] == ["b"]
    assert follows.folded.items == ("new",)
    assert {"ann", "eve"} <= follows.users
    # Another graph in a file of a number that a file had before.
    for _ in range(3):
        derive(writer)
        reader.models()
        assert reader.follows is None
    # An event that is in a new file before anybody here has seen it.
    writer.record({"user": "bob", "item": "a"})
    writer.publish(vectors(1))
    reader.models()
    assert reader.follows is None
    assert reader.latest("bob", 1).keys() == {"a"}


def test_one_state_stays_as_it_is(writer: LadybugStore, reader: ReaderStore) -> None:
    with reader.one_state():
        before = reader.run(BOUGHT)["n"][0]
        writer.record({"user": "ann", "item": "b"})
        writer.dataset()
        assert reader.run(BOUGHT)["n"][0] == before
    assert reader.run(BOUGHT)["n"][0] == before + 1


def test_what_cannot_be_written_is_said_as_the_writer_says_it(
    reader: ReaderStore, path: Path
) -> None:
    with pytest.raises(DataError, match="It has no item"):
        reader.record({"user": "ann"})
    with pytest.raises(StoreError, match="reading only"):
        reader.set_kinds(None)
    with pytest.raises(StoreError, match="this very process"):
        LadybugStore(path)


def test_who_writes_may_end_and_what_was_read_stays(
    writer: LadybugStore, path: Path
) -> None:
    with shared(writer) as channel:
        reader = ReaderStore(path, channel)
        writer.record({"user": "ann", "item": "b"})
        assert reader.latest("ann", 1).keys() == {"b"}
    with pytest.raises(StoreError, match="does not answer"):
        reader.record({"user": "ann", "item": "d"})
    assert reader.latest("ann", 1).keys() == {"b"}
    reader.close()
    reader.close()
    with pytest.raises(StoreError, match="closed"):
        reader.latest("ann", 1)


def test_a_store_that_nobody_shares_is_not_read_along(path: Path) -> None:
    from basketweave.calls import Channel

    with pytest.raises(StoreError, match="nobody shares"):
        ReaderStore(path, Channel("/nowhere", b""))
