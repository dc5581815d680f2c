"""A graph of one's own is worked on in place, and is as it was once all is removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from neo4j import Session

from basketweave.errors import DataError, NotFoundError, UsageError
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.derive import derive
from basketweave.graph.neo4j import Neo4jStore
from basketweave.graph.neo4j.adopted.remove import remove
from basketweave.loaders.own_graph import adopt, read_new
from basketweave.loaders.own_graph.adopt import EARLIER, GONE
from basketweave.loaders.own_graph.findings import findings
from basketweave.progress import Advance, Progress
from basketweave.queries.question import question
from basketweave.serving.recommender import Recommender
from tests.loaders.own_graph import shops
from tests.loaders.own_graph.shops import CORNER, ORDER, TRADED, TRADING, mapping


def published(store: Neo4jStore, seed: int = 0) -> Vectors:
    graph, rng = store.export(), np.random.default_rng(seed)
    users, items = graph.ids["User"], graph.ids["Item"]
    vectors = (unit(rng.normal(size=(len(ids), 8))) for ids in (users, items))
    return Vectors(ModelCard("gat", part="gnn"), users, items, *vectors)


@pytest.mark.parametrize(
    ("shop", "text", "user", "items"),
    [
        (shops.trading, TRADING, "ALFKI", range(1, 13)),
        (shops.corner, CORNER, 1, range(10, 100, 10)),
    ],
)
def test_all_works_in_place_and_nothing_stays_after_it_is_removed(
    session: Session,
    opened: Any,
    shop: Callable[[Session], None],
    text: str,
    user: str | int,
    items: range,
) -> None:
    shop(session)
    before, told = shops.everything(session), mapping(text)
    with opened(told.prefix) as store:
        first, again = adopt(store, told), adopt(store, told)
        assert (first.items, again.items, again.events) == (len(items), 0, 0)
        derive(store)
        version = store.publish(published(store))
        store.publish_weights(
            ModelCard("blend_any", kind="blend"),
            {"repeat": 0.5, "gnn": 0.3, "popularity": 0.2},
        )
        found = Recommender(store).recommend(user, k=3, known="any")
        assert {one.item for one in found} <= set(items)
        assert all(one.title and "gnn" in one.parts for one in found)
        assert store.vectors("gat").items.to_list() == sorted(map(str, items))
        asked = question("nearest")
        near = store.run(asked.statement, asked.given({"item": str(items[0])}))
        assert len(near) > 1
        assert "No " not in near["why"][0]
        assert version.key == "gat_v1"
        asked = question("explain_picture")
        drawn = store.run(
            asked.statement,
            asked.given({"user": str(user), "item": str(found[0].item)}),
        )
        labels = {node["_label"] for node in drawn["picture"][0]["_nodes"]}
        assert labels == {"User", "Item"}
        store.publish(published(store, 1))
        assert store.rollback("gat").version == 1
        assert not [m for m in store.misfits() if m.level == "error"]
        remove(store.database)
        with pytest.raises(NotFoundError, match="Nothing was adopted"):
            read_new(store)
    assert shops.everything(session) == before


def test_refresh_reads_what_is_new_and_what_came_while_it_read(
    session: Session, opened: Any
) -> None:
    shops.trading(session)
    told = mapping(TRADING)
    new = {"customer": "ALFKI", "product": 12, "date": "2025-02-01 00:00:00.000"}
    late = {"customer": "BERGS", "product": 13, "date": "2025-02-01 00:00:00.000"}

    class Busy(Progress):
        """Whose owner goes on selling while events are read."""

        @contextmanager
        def task(
            self, description: str, total: float | None = None
        ) -> Iterator[Advance]:
            if description == "Reading events":
                session.run("CREATE (:Product {productID: 13})").consume()
                session.run(ORDER, late).consume()
            yield lambda _: None

    with opened("bw") as store:
        assert adopt(store, told).events == TRADED
        session.run(ORDER, new).consume()
        found = read_new(store, Busy())
        assert (found.events, found.items) == (1, 0)
        found = read_new(store)
        assert (found.events, found.items) == (1, 1)
        assert read_new(store).events == 0
        assert "12" in store.latest("ALFKI", 1)
        remove(store.database)


def test_what_is_deleted_while_it_is_read_leaves_nothing_of_ours(
    session: Session, opened: Any
) -> None:
    shops.trading(session)

    class Busy(Progress):
        """Whose owner gives up a customer and a product while events are read."""

        @contextmanager
        def task(
            self, description: str, total: float | None = None
        ) -> Iterator[Advance]:
            if description == "Reading events":
                for gone in ("(n:Customer {customerID: 'ALFKI'})", "(n:Category)"):
                    session.run(f"MATCH {gone} DETACH DELETE n").consume()
            yield lambda _: None

    with opened("bw") as store:
        adopt(store, mapping(TRADING), Busy())
        ours = "MATCH (n:bw_User|bw_Category) RETURN count(n)"
        assert session.run(ours).single(strict=True)[0] == 5
        assert len(store.export().events["PURCHASED"]) == TRADED - 12
        session.run("MATCH (c:Customer {customerID: 'BERGS'}) REMOVE c:Customer")
        remove(store.database)
    kept = "MATCH (n {customerID: 'BERGS'}) RETURN labels(n), n.companyName"
    assert session.run(kept).values() == [[[], "BERGS Ltd."]]


def test_what_was_deleted_or_written_of_long_ago_is_noticed_and_read_again(
    session: Session, opened: Any
) -> None:
    shops.trading(session)
    old = {"customer": "BERGS", "product": 12, "date": "2024-06-01 00:00:00.000"}
    with opened("bw") as store:
        adopt(store, mapping(TRADING))
        store.record({"user": "CHOPS", "item": 1, "time": 1_738_000_000})
        session.run(ORDER, old).consume()
        session.run("MATCH (o:Order {orderID: 0}) DETACH DELETE o").consume()
        told = read_new(store)
        assert [n for note, n in told.notes.items() if EARLIER in note] == [2]
        assert any("--whole" in one.advice for one in findings(store))
        whole = read_new(store, whole=True)
        assert (whole.events, whole.notes[GONE]) == (1, 3)
        assert len(store.export().events["PURCHASED"]) == TRADED - 3 + 1 + 1
        assert not any(EARLIER in note for note in read_new(store).notes)
        remove(store.database)


def test_two_adoptions_stand_side_by_side(session: Session, opened: Any) -> None:
    shops.trading(session)
    before = shops.everything(session)
    with opened("bw") as one, opened("two") as other:
        adopt(one, mapping(TRADING, name="trading"))
        with_one = shops.everything(session)
        adopt(other, mapping(TRADING, prefix="two", name="other"))
        names = [store.dataset().name for store in (one, other)]
        assert names == ["trading", "other"]
        remove(other.database)
        assert shops.everything(session) == with_one
        remove(one.database)
    assert shops.everything(session) == before


def test_a_removal_that_was_stopped_is_done_again(
    session: Session, opened: Any
) -> None:
    shops.trading(session)
    before = shops.everything(session)

    class Stops(Progress):
        """Stops after so many steps."""

        def __init__(self, steps: int) -> None:
            self.left = steps

        @contextmanager
        def task(
            self, description: str, total: float | None = None
        ) -> Iterator[Advance]:
            yield self.advance

        def advance(self, size: float) -> None:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt

    with opened("bw") as store:
        adopt(store, mapping(TRADING))
        for steps in (1, 5, 14, 17):
            with pytest.raises(KeyboardInterrupt):
                remove(store.database, Stops(steps))
        remove(store.database)
    assert shops.everything(session) == before


@pytest.mark.parametrize("where", ["Loading users and items", "Loading events"])
def test_an_adoption_that_was_stopped_is_done_again(
    session: Session, opened: Any, where: str
) -> None:
    shops.trading(session)
    before = shops.everything(session)

    class Stops(Progress):
        """Stops where this begins."""

        @contextmanager
        def task(
            self, description: str, total: float | None = None
        ) -> Iterator[Advance]:
            if description == where:
                raise KeyboardInterrupt
            yield lambda _: None

    with opened("bw") as store:
        with pytest.raises(KeyboardInterrupt):
            adopt(store, mapping(TRADING), Stops())
        assert adopt(store, mapping(TRADING)).events == TRADED
        assert len(store.export().events["PURCHASED"]) == TRADED
        with pytest.raises(UsageError, match="adopted with another mapping"):
            adopt(store, mapping(TRADING, name="another"))
        remove(store.database)
    assert shops.everything(session) == before


def test_keys_that_do_not_tell_nodes_apart_are_refused_before_anything_is_written(
    session: Session, opened: Any
) -> None:
    shops.trading(session)
    session.run("CREATE (:Product {productID: '7', productName: 'text'})").consume()
    before = shops.everything(session)
    with opened("bw") as store:
        with pytest.raises(DataError, match="once a number and once text"):
            adopt(store, mapping(TRADING))
        assert shops.everything(session) == before


def test_what_the_owner_has_is_never_taken_for_ours(
    session: Session, opened: Any
) -> None:
    shops.trading(session)
    session.run("MATCH (p:Product {productID: 1}) SET p.bw_title = 'theirs'").consume()
    before = shops.everything(session)
    with opened("bw") as store:
        with pytest.raises(UsageError, match="a property bw_title already"):
            adopt(store, mapping(TRADING))
        assert shops.everything(session) == before
        with pytest.raises(UsageError, match="your own"):
            store.delete_items(["1"])
        with pytest.raises(UsageError, match="your own"):
            store.forget_user("ALFKI")
        with pytest.raises(UsageError, match="your own"):
            store.upsert_items([{"id": "1", "title": "ours"}])
    assert shops.everything(session) == before


def test_customers_without_an_order_are_adopted_too(
    session: Session, opened: Any
) -> None:
    shops.trading(session)
    session.run(
        "UNWIND range(1, 5000) AS n CREATE (:Customer {customerID: 'C' + n})"
    ).consume()
    session.run("MATCH (p:Product) SET p.productID = toString(p.productID)").consume()
    with opened("bw") as store:
        found = adopt(store, mapping(TRADING))
        assert (found.users, found.events) == (5_006, TRADED)
        derive(store)
        had = Recommender(store).recommend("ALFKI", k=1, known="any")
        assert isinstance(had[0].item, str)  # as the owner has it, digits or not
        assert store.find_users("C77", 1) == ["C77"]
        assert remove(store.database)["labels"] == 5_006 + 12 + 3 + 2
