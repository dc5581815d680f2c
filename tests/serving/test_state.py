"""What is kept of the items over writes is what a new client reads of the file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.derive import derive
from basketweave.graph.embedded.store import LadybugStore
from basketweave.graph.tables import Tables
from basketweave.graph.vectors import ModelCard, Vectors, unit
from basketweave.serving.recommender import Recommender
from basketweave.serving.state import State

USERS, ITEMS = ("ann", "bob", "cat", "dan", "new"), [*"abcdef"]
CARD = ModelCard("made")


@pytest.fixture
def store(checkerboard: Tables, tmp_path: Path) -> Iterator[LadybugStore]:
    with LadybugStore(tmp_path / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        yield opened


def vectors(seed: int, items: list[str]) -> Vectors:
    drawn = np.random.default_rng(seed)
    users = pl.Series(USERS[:4])
    rows = [
        unit(drawn.normal(size=(n, 3)).astype(np.float32))
        for n in (len(users), len(items))
    ]
    return Vectors(CARD, users, pl.Series(items), *rows)


def answers(client: Recommender) -> list[object]:
    return [
        *(_told(client, user, known="any") for user in USERS),
        _told(client, "ann", known="any", where={"not_categories": ["drinks"]}),
        _told(client, "ann", known="any", where={"attributes": {"hue": ["red"]}}),
    ]


def _told(client: Recommender, user: str, **asked: Any) -> object:
    try:
        return list(client.recommend(user, 8, **asked))
    except (NotFoundError, UsageError) as error:
        return str(error)


def state(client: Recommender) -> State:
    found = client._engine._state  # type: ignore[attr-defined]
    assert isinstance(found, State)
    return found


def test_a_client_answers_as_a_new_one_whatever_was_written(
    store: LadybugStore,
) -> None:
    chance, client, items = random.Random(7), Recommender(store), [*ITEMS]

    def event() -> None:
        user, item = chance.choice(USERS), chance.choice(items)
        time = 2_000_000 + chance.randrange(99)
        store.record({"user": user, "item": item, "time": time})

    def new() -> None:
        items.append(f"n{len(items)}")
        store.upsert_items({"id": items[-1], "categories": ["drinks"], "stock": 3})

    def changed() -> None:
        hue, price = {"hue": chance.choice(["red", "blue"])}, chance.random()
        store.upsert_items(
            {"id": chance.choice(ITEMS), "price": price, "attributes": hue}
        )

    def published() -> None:
        store.publish(vectors(chance.randrange(99), ITEMS), keep=9)

    def between() -> None:
        with store.together():
            published()
            answers(client)
            store.rollback("made")

    def gone() -> None:
        store.delete_items(items.pop() if len(items) > 6 else "nothing")

    what: list[Callable[[], object]] = [
        *(published, published, event, event, new, changed, between, gone),
        *(store.dataset, partial(derive, store), partial(store.forget_user, "new")),
        partial(store.rollback, "made"),
    ]
    for step in [*what, *chance.choices(what, k=10)]:
        step()
        assert answers(client) == answers(Recommender(store)), step


def test_models_and_what_was_recorded_leave_what_is_known_of_items(
    store: LadybugStore,
) -> None:
    client = Recommender(store)
    store.publish(vectors(0, ITEMS))
    client.recommend("ann", weights={"gnn": 1})
    before = state(client)
    store.record({"user": "bob", "item": "a"})
    store.publish(vectors(1, ITEMS))
    ahead = client._engine._next  # type: ignore[attr-defined]
    assert ahead._items.keys() == {"made_v1", "made_v2"}
    client.recommend("ann")
    after = state(client)
    assert after._items is ahead._items
    assert after is not before
    assert after.catalogue is before.catalogue
    assert after._walks.keys() == before._walks.keys()
    store.record({"user": "bob", "item": "new"})
    store.upsert_items({"id": "new", "price": 3.0})
    store.dataset()  # which puts it into the file
    client.recommend("ann")
    grown = state(client)
    assert grown.catalogue.names[-1] == "new"
    assert not grown.said
    derive(store)
    client.recommend("ann")
    assert state(client).catalogue is not grown.catalogue


def test_rules_hold_of_what_was_said_before_it_came_into_the_file(
    store: LadybugStore,
) -> None:
    client, blue = Recommender(store), {"attributes": {"hue": ["blue"]}}
    for hue, offered in (("red", []), ("blue", ["a"])):
        store.upsert_items({"id": "a", "attributes": {"hue": hue}})
        for _ in range(2):
            found = client.recommend("ann", 8, known="any", where=blue)
            assert [one.item for one in found] == offered
            store.dataset()  # which puts it into the file
