"""What an application takes away again: events, items, all of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from basketweave.errors import DataError
from basketweave.graph.given import Given, missing, read_each, rows_of
from basketweave.graph.ids import as_id
from basketweave.graph.recorded import EXAMPLE, WHAT, Key, read_event
from basketweave.shown import shown


@dataclass(frozen=True)
class Deleted:
    """What `delete_items` has taken away.

    events    what people did with these items
    links     their relationships to categories, brands and other items
    vectors   of all versions of all models
    """

    items: int = 0
    events: int = 0
    links: int = 0
    vectors: int = 0


@dataclass(frozen=True)
class Forgotten:
    """What `forget_user` has taken away.

    events    what the person did
    vectors   of all versions of all models
    shown     what they were shown
    """

    users: int = 0
    events: int = 0
    vectors: int = 0
    shown: int = 0


class Named(NamedTuple):
    """An event that shall go: by the caller's id where it has one, or else by its key."""

    id: str | None
    key: Key | None


def named(events: Given) -> list[Named]:
    """The events in their one form, each once.

    Raises `DataError` for the first that cannot be used, which it names by its number
    from 1, and `UsageError` for what holds no events.
    """
    rows = rows_of(events, WHAT, EXAMPLE)
    return list(dict.fromkeys(read_each(rows, "Event", "deleted", _named)))


def _named(row: Any) -> Named:
    if not isinstance(row, Mapping):
        raise DataError(
            f"{shown(row)} is no mapping. Name its id, or user, item and time."
        )
    if not missing(row.get("id")):
        return Named(as_id(row["id"]), None)
    if missing(row.get("time")):
        raise DataError("It has neither an id nor a time. Give one of them.")
    return Named(None, read_event(row).key)
