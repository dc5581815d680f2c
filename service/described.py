"""Items and users, described by an application: one, many, a page of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from basketweave.errors import NotFoundError
from basketweave.graph.ids import as_given
from basketweave.graph.pages import Page
from basketweave.graph.store import GraphStore
from basketweave.graph.tables import IdType
from basketweave.graph.upserted import Upserted
from basketweave.service.cache import Cache, of_user
from basketweave.shown import shown

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """Items, or users; each method is one request.

    what    `item` or `user`
    blank   what a row says that has nothing but an id
    """

    what: str
    blank: Row
    read: Callable[[str], dict[str, Any] | None]
    pages: Callable[[str | None, int, str], Page]
    upsert: Callable[[Sequence[Row]], Upserted]
    ids: Callable[[], IdType]
    emptied: Callable[[Iterable[str]], None]

    def one(self, name: str) -> dict[str, Any]:
        """What is known of one; raises `NotFoundError` where there is none."""
        found = self.read(name)
        if found is None:
            raise NotFoundError(f"The store has no {self.what} {shown(name)}.")
        return found

    def page(self, after: str | None, limit: int, q: str) -> dict[str, Any]:
        """Some of them in the order of their ids, and where the next page begins."""
        found = self.pages(after, limit, q)
        cursor = None if found.next is None else str(found.next)
        return {f"{self.what}s": list(found.rows), "cursor": cursor}

    def many(self, rows: Sequence[Row]) -> dict[str, int]:
        """Write several: what is not named stays."""
        done = self.upsert(rows)
        self.emptied(str(row["id"]) for row in rows)
        return asdict(done)

    def change(self, name: str, row: Row) -> dict[str, Any]:
        """Write what a row names of one that is there, and return all of it."""
        self.many([{**row, "id": self.one(name)["id"]}])
        return self.one(name)

    def put(self, name: str, row: Row) -> tuple[dict[str, Any], bool]:
        """Make one what the row says and nothing else; whether it came into being."""
        before = self.read(name)
        given = as_given(name, self.ids()) if before is None else before["id"]
        old = {} if before is None else dict.fromkeys(before["attributes"])
        attributes = {**old, **(row.get("attributes") or {})}
        self.many([{**self.blank, **row, "attributes": attributes, "id": given}])
        return self.one(name), before is None


def items(store: GraphStore, cache: Cache, ids: Callable[[str], IdType]) -> Listing:
    """The items of a store. A change of one empties the cache: anyone may be shown it."""
    return Listing(
        "item",
        {"title": None, "price": None, "stock": None, "brand": None, "categories": []},
        store.item,
        store.items,
        store.upsert_items,
        lambda: ids("item"),
        lambda _: cache.empty(),
    )


def users(store: GraphStore, cache: Cache, ids: Callable[[str], IdType]) -> Listing:
    """The users of a store."""
    return Listing(
        "user",
        {},
        store.user,
        store.users,
        store.upsert_users,
        lambda: ids("user"),
        lambda names: cache.empty({of_user(name) for name in names}),
    )
