"""Users and items one by one, as far as both stores write and read them alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from basketweave.graph.given import Given
from basketweave.graph.ids import as_id
from basketweave.graph.pages import Node, Page, Sought, as_row, ids_type, page_of
from basketweave.graph.reads import Reads
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.store import Dataset
from basketweave.graph.upserted import (
    Descriptions,
    Upserted,
    described_items,
    described_users,
)


class OneByOne(Reads):
    """What `GraphStore` says of users and items, from three methods of a store."""

    def upsert_items(self, rows: Given) -> Upserted:
        """Write items that are not there, and what differs in those that are."""
        return self._upsert(described_items(rows))

    def upsert_users(self, rows: Given) -> Upserted:
        """Write users that are not there, and what differs in those that are."""
        return self._upsert(described_users(rows))

    def item(self, item: str | int) -> dict[str, Any] | None:
        """An item in the shape of `upsert_items`; None where there is none."""
        return self._row(ITEM, item)

    def user(self, user: str | int) -> dict[str, Any] | None:
        """A user in the shape of `upsert_users`; None where there is none."""
        return self._row(USER, user)

    def items(
        self, after: str | int | None = None, limit: int = 100, q: str = ""
    ) -> Page:
        """Up to `limit` items in the order of their ids, from the one after `after`."""
        return self._page(ITEM, after, limit, q)

    def users(
        self, after: str | int | None = None, limit: int = 100, q: str = ""
    ) -> Page:
        """Up to `limit` users in the order of their ids, from the one after `after`."""
        return self._page(USER, after, limit, q)

    @abstractmethod
    def _upsert(self, rows: Descriptions) -> Upserted:
        """Write what is said of users or of items."""

    @abstractmethod
    def _found(self, label: str, name: str) -> tuple[Dataset | None, Node | None]:
        """The data set, and the node of this id."""

    @abstractmethod
    def _sought(
        self, label: str, sought: Sought
    ) -> tuple[Dataset | None, Sequence[Node]]:
        """The data set, and a page of nodes: one more where another page follows."""

    def _row(self, label: str, name: str | int) -> dict[str, Any] | None:
        held, node = self._found(label, as_id(name))
        if held is None or node is None:
            return None
        return as_row(label, node, ids_type(held, label))

    def _page(self, label: str, after: object, limit: int, q: str) -> Page:
        sought = Sought.given(after, limit, q)
        held, nodes = self._sought(label, sought)
        if held is None:
            return Page()
        return page_of(label, nodes, sought.limit, ids_type(held, label))
