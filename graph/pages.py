"""Users and items as a client reads them: one, or a page of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from basketweave.errors import UsageError
from basketweave.graph.ids import ItemId, as_given, as_id, as_whole
from basketweave.graph.schema import IN_CATEGORY, ITEM, MADE_BY, is_ours
from basketweave.graph.tables import IdType

if TYPE_CHECKING:
    from basketweave.graph.store import Dataset

MOST = 1_000
"""Rows of a page."""

_BESIDE = ("id", "title", "price", "stock", "inStock")


@dataclass(frozen=True)
class Page:
    """Some users or items in the order of their ids as text.

    next   the id after which the next page begins; None where this is the last
    """

    rows: Sequence[dict[str, Any]] = ()
    next: ItemId | None = None


@dataclass(frozen=True)
class Node:
    """A user or an item as a store has it.

    links   IN_CATEGORY, MADE_BY -> the ids to which it leads
    """

    id: str
    properties: Mapping[str, Any]
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sought:
    """Which page is asked for, checked."""

    after: str
    limit: int
    q: str

    @classmethod
    def given(cls, after: object, limit: object, q: object) -> Sought:
        """Raises `UsageError` for what cannot be used."""
        most = as_whole(limit)
        if most is None or not 1 <= most <= MOST:
            raise UsageError(f"limit must be a whole number from 1 to {MOST:,}.")
        if not isinstance(q, str) or not _is_text(q):
            raise UsageError("q must be a text.")
        return cls("" if after is None else as_id(after), most, q)

    @property
    def words(self) -> str:
        """What is sought in titles, in any case."""
        return self.q.lower()

    def finds(self, label: str, node: Node) -> bool:
        """Whether a node is sought: by the start of its id, or in an item's title."""
        title = str(node.properties.get("title") or "") if label == ITEM else ""
        return node.id.startswith(self.q) or self.words in title.lower()


def as_row(label: str, node: Node, ids: IdType) -> dict[str, Any]:
    """The node in the shape in which `upsert_items` and `upsert_users` take it."""
    row: dict[str, Any] = {"id": as_given(node.id, ids)}
    properties = node.properties
    if label == ITEM:
        stock = properties.get("stock")
        row |= {
            "title": properties.get("title"),
            "price": properties.get("price"),
            "stock": properties.get("inStock") if stock is None else stock,
            "brand": min(node.links.get(MADE_BY, ()), default=None),
            "categories": sorted(node.links.get(IN_CATEGORY, ())),
        }
    beside = _BESIDE if label == ITEM else ("id",)
    row["attributes"] = {
        name: value
        for name, value in sorted(properties.items())
        if value is not None and name not in beside and not is_ours(name)
    }
    return row


def ids_type(held: Dataset, label: str) -> IdType:
    """What the ids of this label were in the source."""
    return held.item_ids if label == ITEM else held.user_ids


def page_of(label: str, nodes: Iterable[Node], limit: int, ids: IdType) -> Page:
    """The first `limit` of nodes in order, of which there may be one more."""
    some = list(nodes)
    rows = [as_row(label, node, ids) for node in some[:limit]]
    return Page(rows, rows[-1]["id"] if len(some) > limit else None)


def _is_text(q: str) -> bool:
    try:
        q.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in q
