"""Segment's messages: a product an event, told once however often it is delivered."""

from __future__ import annotations

from typing import Any

import pytest

from basketweave.errors import DataError
from basketweave.loaders.streams.segment import events, is_segment

ORDER: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m7",
    "userId": 12,
    "anonymousId": "a-1",
    "timestamp": "2026-01-31T18:00:01.250Z",
    "properties": {
        "order_id": "o1",
        "total": 9.5,
        "products": [
            {"product_id": "p1", "sku": "s1", "quantity": 2, "price": 3},
            {"sku": "s2", "price": 3.5},
        ],
    },
}


def test_an_order_is_an_event_for_each_product() -> None:
    same = {"user": 12, "kind": "PURCHASED", "time": "2026-01-31T18:00:01.250Z"}
    assert events(ORDER) == [
        {**same, "item": "p1", "value": 2, "id": "m7/p1"},
        {**same, "item": "s2", "id": "m7/s2"},
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product Viewed", "VIEWED"),
        ("Product Added", "ADDED_TO_CART"),
        ("Product Reviewed", "RATED"),
    ],
)
def test_a_product_is_one_event(name: str, kind: str) -> None:
    properties = {"product_id": 5, "quantity": 3, "rating": 4}
    message = {"type": "track", "event": name, "messageId": "m", "anonymousId": "a"}
    value = 4 if kind == "RATED" else 3
    assert events({**message, "properties": properties}) == [
        {"user": "a", "item": 5, "kind": kind, "value": value, "id": "m/5"}
    ]


def test_other_messages_tell_of_nothing() -> None:
    page = {"type": "page", "messageId": "m", "name": "Home"}
    assert is_segment(page)
    assert events(page) == []
    assert events({**ORDER, "event": "Order Refunded"}) == []
    assert not is_segment({"user": 1, "item": 2})


@pytest.mark.parametrize(
    "properties", [None, {}, {"products": []}, {"products": 5}, {"products": ["p1"]}]
)
def test_an_order_without_products_says_so(properties: Any) -> None:
    with pytest.raises(DataError, match=r"properties|products"):
        events({**ORDER, "properties": properties})
