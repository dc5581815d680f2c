"""The questions that change something, and those that the operator of a service asks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from basketweave.errors import UsageError
from basketweave.graph.given import rows_of
from basketweave.graph.ids import as_ids
from basketweave.graph.recorded import EXAMPLE, Recorded
from basketweave.remote_client.question import Call, given, path
from basketweave.serving.recommendation import ItemId
from basketweave.shown import shown as as_shown

Row = Mapping[str, Any]


def record(events: Row | Iterable[Row]) -> Call[Recorded]:
    """Write what was just done: one event or many, each `user`, `item` and, unless it is
    a purchase of now, `kind`, `time`, `value`, `id`, and the `answer` that it followed.

    An event without a time gets this machine's second, so that it stays one event
    however often it is sent.
    """
    now = int(time.time())
    rows = [
        row if row.get("time") is not None else {**row, "time": now}
        for row in _listed(events)
    ]
    return Call("POST", path("events"), _recorded, body={"events": rows})


def _recorded(found: Mapping[str, int]) -> Recorded:
    return Recorded(**found)


def delete_events(events: Row | Iterable[Row]) -> Call[Mapping[str, int]]:
    """Take events back: by `id`, or by `user`, `item`, `kind` and `time`."""
    body = {"events": _listed(events)}
    return Call("DELETE", path("events"), dict, body=body)


def shown(
    answer: str, items: Iterable[ItemId] | None = None
) -> Call[Mapping[str, int]]:
    """Write down that an answer was shown, by its id: all of it, or these items."""
    some = None if items is None else as_ids(items, "items")
    body = given(answer=answer, items=some)
    return Call("POST", path("shown"), dict, body=body)


def upsert_items(rows: Row | Iterable[Row]) -> Call[Mapping[str, int]]:
    """Write items, each an `id` and what is to change; what is not named stays."""
    return Call("POST", path("items"), dict, body={"items": _listed(rows)})


def upsert_users(rows: Row | Iterable[Row]) -> Call[Mapping[str, int]]:
    """Write users, each an `id` and what is to change; what is not named stays."""
    return Call("POST", path("users"), dict, body={"users": _listed(rows)})


def delete_item(item: ItemId) -> Call[Mapping[str, int]]:
    """Take an item away, with its events, links and vectors; says how many."""
    return Call("DELETE", path("items", item), dict)


def forget_user(user: ItemId) -> Call[Mapping[str, int]]:
    """Take a person away, with all that is stored of them; says how much that was."""
    return Call("DELETE", path("users", user), dict)


def rollback(name: str) -> Call[Mapping[str, Any]]:
    """Let the version before the live one serve again. Asked twice it goes back two, so
    it is not asked again when its answer is lost."""
    where = f"{path('models', name)}/rollback"
    return Call("POST", where, dict, repeatable=False)


def _listed(rows: Any) -> list[Row]:
    return [_mapping(row) for row in rows_of(rows, "row", EXAMPLE)]


def _mapping(row: Any) -> Row:
    if not isinstance(row, Mapping):
        raise UsageError(
            f"{as_shown(row)} is no row. Give a mapping such as {EXAMPLE}."
        )
    return row
