"""Doctor looks at the owner's side of an adopted graph too."""

from __future__ import annotations

from typing import Any

from neo4j import Session

from basketweave.graph.neo4j.adopted.remove import remove
from basketweave.loaders.own_graph import adopt, read_new
from basketweave.loaders.own_graph.findings import findings
from tests.loaders.own_graph import shops
from tests.loaders.own_graph.shops import CORNER, mapping


def test_what_is_wrong_or_new_on_the_owners_side_is_found(
    session: Session, opened: Any
) -> None:
    shops.corner(session)
    with opened("rec") as store:
        adopt(store, mapping(CORNER))
        told = [f"{one.level}: {one.what}" for one in findings(store)]
        assert told == [
            "warning: 1 users have no (:Person).nr that is a whole number or text.",
            "warning: 1 items have no (:Thing).nr that is a whole number or text.",
            "note: (:Thing).nr has no index: what you ask by it looks at all of them.",
            "note: Events like (:Thing)<-[mark:MARKED]-(:Person) have no time in the mapping.",
        ]
        session.run("CREATE (:Thing {nr: '11'}), (:Person {nr: 99})").consume()
        session.run("MATCH ()-[t:TOOK]->() WITH t LIMIT 3 REMOVE t.at").consume()
        told = [one.what for one in findings(store)]
        assert "1 items are new in the graph." in told
        assert "1 users are new in the graph." in told
        assert "(:Thing).nr is a number in one place and text in another." in told
        assert any(one.startswith("3 of 40 events like") for one in told)
        taken, dataset = read_new(store), store.dataset()
        assert (taken.users, taken.items) == (1, 1)
        assert dataset is not None
        assert (dataset.user_ids, dataset.item_ids) == ("int", "str")
        session.run("MATCH (p:Person) REMOVE p:Person SET p:Human").consume()
        (gone, *_) = findings(store)
        assert (gone.level, "Person" in gone.what) == ("error", True)
        remove(store.database)
