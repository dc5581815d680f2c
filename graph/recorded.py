"""Events as an application tells them one by one, checked in one place for both stores."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

from basketweave.errors import DataError, NotFoundError
from basketweave.graph.given import Given, check_fields, missing, read_each, rows_of
from basketweave.graph.ids import id_in_row, type_of_ids
from basketweave.graph.schema import EVENT_KINDS, PURCHASED
from basketweave.graph.tables import IdType
from basketweave.moments import DAY, instant
from basketweave.shown import shown
from basketweave.suggest import did_you_mean

FIELDS = ("user", "item", "kind", "time", "value", "id", "answer")
"""What an event may say of itself; the first two it must."""

RECORDED = "recorded"
"""The name of a data set that began with recorded events."""

WHAT, EXAMPLE = "event", "{'user': 7, 'item': 42}"


Key: TypeAlias = tuple[str, str, str, int, int]
"""User, item, kind, second and millisecond."""


class Event(NamedTuple):
    """One thing that a user did, as both stores write it.

    time, millis   Unix second, and milliseconds within it
    value          stars, quantity; None where there is none
    id             the caller's own name of the event, by which it counts once
    answer         the id of the answer that it followed, where that was recorded
    """

    user: str
    item: str
    kind: str
    time: int
    millis: int
    value: float | None = None
    id: str | None = None
    answer: str | None = None

    @property
    def key(self) -> Key:
        """What makes two rows one event, whatever else they say."""
        return self[:5]


@dataclass(frozen=True)
class Recorded:
    """What `record` made of its events; `already_there` counts repeats among them too.

    users, items   how many came into being with them
    """

    events: int = 0
    already_there: int = 0
    users: int = 0
    items: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(
            self.events + other.events,
            self.already_there + other.already_there,
            self.users + other.users,
            self.items + other.items,
        )


@dataclass(frozen=True)
class Checked:
    """Events that can be written, and what their ids were: all numbers, or text."""

    events: list[Event]
    user_ids: IdType
    item_ids: IdType


def checked(events: Given) -> Checked:
    """The events in their one form.

    Raises `DataError` for the first that cannot be used, which it names by its number
    from 1, and `UsageError` for what holds no events.
    """
    now, rows = time.time(), rows_of(events, WHAT, EXAMPLE)
    found = read_each(rows, "Event", "recorded", lambda row: read_event(row, now))
    return Checked(
        list(found),
        *(type_of_ids(row[end] for row in rows) for end in ("user", "item")),
    )


def once(events: Iterable[Event]) -> list[Event]:
    """The first of those that are one event: of one id, or alike in all but a value."""
    keys: set[object] = set()
    kept = []
    for event in events:
        names = {event.key} if event.id is None else {event.key, event.id}
        if keys.isdisjoint(names):
            kept.append(event)
            keys |= names
    return kept


def unknown_ids(
    what: str, names: Sequence[str], adopted: bool = False
) -> NotFoundError:
    """The error for users or items, some at least, that may not come into being."""
    advice = "Load them first, or let them come into being: create=True."
    if adopted:
        advice = "Add them to your graph, then take them over: basketweave refresh"
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return NotFoundError(
        f"The store has no {what} {shown(names[0])}{more}, and nothing was recorded. "
        f"{advice}"
    )


def read_event(row: Any, now: float | None = None) -> Event:
    """One event in its one form; `now` is the time unless it is told.

    Raises `DataError` for what cannot be used.
    """
    now = time.time() if now is None else now
    if not isinstance(row, Mapping):
        raise DataError(f"{shown(row)} is no mapping. Name its user and item.")
    check_fields(row, "an event", FIELDS)
    user, item = (_named(row, end) for end in ("user", "item"))
    name, answer = row.get("id"), row.get("answer")
    return Event(
        *(user, item, _kind(row.get("kind")), *_time(row.get("time"), now)),
        *(_value(row.get("value")), None if missing(name) else id_in_row("id", name)),
        None if missing(answer) else id_in_row("answer", answer),
    )


def _named(row: Mapping[str, Any], end: str) -> str:
    if missing(row.get(end)):
        raise DataError(f"It has no {end}. Give its id: '{end}': 7.")
    return id_in_row(end, row[end])


def _kind(kind: object) -> str:
    if missing(kind):
        return PURCHASED
    if kind not in EVENT_KINDS:
        raise DataError(
            f"{shown(kind)} is no kind of event."
            f"{did_you_mean(str(kind), EVENT_KINDS)} Use {', '.join(EVENT_KINDS)}."
        )
    return str(kind)


def _time(moment: Any, now: float) -> tuple[int, int]:
    if moment is None:
        return int(now), 0  # as files have it: the same told twice in a second is one
    second, millis = instant(moment)
    if second > now + DAY:
        raise DataError(
            f"Its time, {shown(moment)}, is more than a day ahead. Is it in "
            "milliseconds, or the clock wrong? Use a date, a time or a Unix second."
        )
    return second, millis


def _value(value: object) -> float | None:
    if missing(value):
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise DataError(f"Its value, {shown(value)}, is no number. Use one, or None.")
    if not abs(float(value)) < 2.0**127:  # both stores give it as 32 bits
        raise DataError(f"Its value, {shown(value)}, is too large. Use a smaller one.")
    return float(value)
