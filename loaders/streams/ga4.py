"""Google Analytics 4's ecommerce events, one event for each item.

As the Measurement Protocol sends them (several in `events`, with `params`), and as the
export to BigQuery has them (one, with `event_name`).
developers.google.com/analytics/devguides/collection/ga4/ecommerce
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basketweave.errors import DataError
from basketweave.graph.schema import ADDED_TO_CART, PURCHASED, VIEWED
from basketweave.loaders.streams.own import Told

KINDS = {"purchase": PURCHASED, "view_item": VIEWED, "add_to_cart": ADDED_TO_CART}


def is_ga4(message: Mapping[str, Any]) -> bool:
    """Whether a message has this shape."""
    return "event_name" in message or isinstance(message.get("events"), list)


def events(message: Mapping[str, Any]) -> Told:
    """Its events; a purchase is known by its transaction and the item.

    >>> events({"client_id": "c1", "user_id": "ann", "timestamp_micros": 5_250_000,
    ...         "events": [{"name": "view_item", "params": {"items": [{"item_id": "42"}]}}]})
    [{'user': 'ann', 'item': '42', 'kind': 'VIEWED', 'time': 5.25}]
    """
    if "event_name" in message:
        return _exported(message)
    user = message.get("user_id") or message.get("client_id")
    out: Told = []
    for one in message["events"]:
        if not isinstance(one, Mapping):
            raise DataError("One of its events is no mapping.")
        said = one.get("params", {})
        micros = one.get("timestamp_micros", message.get("timestamp_micros"))
        out += _events(one.get("name"), user, micros, said)
    return out


def _exported(message: Mapping[str, Any]) -> Told:
    user = message.get("user_id") or message.get("user_pseudo_id")
    bought = message.get("ecommerce")
    more = bought if isinstance(bought, Mapping) else {}
    said = {**more, "items": message.get("items")}
    return _events(message["event_name"], user, message.get("event_timestamp"), said)


def _events(name: object, user: object, micros: object, said: Any) -> Told:
    kind = KINDS.get(str(name))
    if kind is None:
        return []
    items = said.get("items") if isinstance(said, Mapping) else None
    if not isinstance(items, list) or not items:
        raise DataError(f"Its {name} has no items.")
    order = said.get("transaction_id") if kind == PURCHASED else None
    return [_event(kind, user, _second(micros), order, item) for item in items]


def _event(
    kind: str, user: object, second: float | None, order: object, item: Any
) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise DataError("One of its items is no mapping.")
    name = item.get("item_id")
    told = {
        "user": user,
        "item": name,
        "kind": kind,
        "time": second,
        "value": item.get("quantity"),
        "id": f"{order}/{name}" if order else None,
    }
    return {what: one for what, one in told.items() if one is not None}


def _second(micros: object) -> float | None:
    """The protocol writes whole microseconds, as a number or as text."""
    if micros is None:
        return None
    try:
        return int(str(micros)) / 1_000_000
    except ValueError:
        raise DataError(f"{micros!r} is no number of microseconds.") from None
