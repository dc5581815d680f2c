"""Segment's `track` messages of the ecommerce spec, one event for each product.

segment.com/docs/connections/spec/ecommerce/v2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basketweave.errors import DataError
from basketweave.graph.schema import ADDED_TO_CART, PURCHASED, RATED, VIEWED
from basketweave.loaders.streams.own import Told

KINDS = {
    "Order Completed": PURCHASED,
    "Product Viewed": VIEWED,
    "Product Added": ADDED_TO_CART,
    "Product Reviewed": RATED,
}


def is_segment(message: Mapping[str, Any]) -> bool:
    """Whether a message has this shape; calls of other types tell of no event."""
    return "messageId" in message or message.get("type") == "track"


def events(message: Mapping[str, Any]) -> Told:
    """Its events, known by the message and the product; none of other names.

    >>> events({"type": "track", "event": "Product Viewed", "userId": "ann",
    ...         "messageId": "m1", "properties": {"product_id": "42"}})
    [{'user': 'ann', 'item': '42', 'kind': 'VIEWED', 'id': 'm1/42'}]
    """
    kind = KINDS.get(str(message.get("event")))
    if kind is None or message.get("type", "track") != "track":
        return []
    said = message.get("properties")
    if not isinstance(said, Mapping):
        raise DataError("It has no properties.")
    products = said.get("products") if kind == PURCHASED else [said]
    if not isinstance(products, list) or not products:
        raise DataError("Its properties have no products.")
    return [_event(message, kind, product) for product in products]


def _event(message: Mapping[str, Any], kind: str, product: Any) -> dict[str, Any]:
    if not isinstance(product, Mapping):
        raise DataError("One of its products is no mapping.")
    item = product.get("product_id") or product.get("sku")
    value = product.get("rating" if kind == RATED else "quantity")
    name = message.get("messageId")
    told = {
        "user": message.get("userId") or message.get("anonymousId"),
        "item": item,
        "kind": kind,
        "time": message.get("timestamp"),
        "value": value,
        "id": None if name is None else f"{name}/{item}",
    }
    return {what: one for what, one in told.items() if one is not None}
