"""GA4's events, as the Measurement Protocol sends and as BigQuery has them."""

from __future__ import annotations

from typing import Any

import pytest

from basketweave.errors import DataError
from basketweave.loaders.streams.ga4 import events, is_ga4

ITEMS = [{"item_id": "p1", "quantity": 2}, {"item_id": "p2", "price": 3}]
PAYLOAD: dict[str, Any] = {
    "client_id": "c.1",
    "timestamp_micros": "1769882401250000",
    "events": [
        {"name": "page_view", "params": {"page_title": "Home"}},
        {"name": "purchase", "params": {"transaction_id": "t1", "items": ITEMS}},
        {
            "name": "add_to_cart",
            "timestamp_micros": 1_769_882_402_000_000,
            "params": {"items": ITEMS[1:]},
        },
    ],
}


def test_a_payload_is_an_event_for_each_item() -> None:
    bought = {"user": "c.1", "kind": "PURCHASED", "time": 1_769_882_401.25}
    added = {"user": "c.1", "kind": "ADDED_TO_CART", "time": 1_769_882_402.0}
    assert is_ga4(PAYLOAD)
    assert events(PAYLOAD) == [
        {**bought, "item": "p1", "value": 2, "id": "t1/p1"},
        {**bought, "item": "p2", "id": "t1/p2"},
        {**added, "item": "p2"},
    ]


def test_a_user_who_is_known_counts_before_their_device() -> None:
    (first, *_) = events({**PAYLOAD, "user_id": "ann"})
    assert first["user"] == "ann"


def test_a_row_of_the_export_is_the_same() -> None:
    row = {
        "event_name": "purchase",
        "event_timestamp": 1_769_882_401_250_000,
        "user_pseudo_id": "c.1",
        "ecommerce": {"transaction_id": "t1"},
        "items": ITEMS,
    }
    assert events(row) == events(PAYLOAD)[:2]
    assert events({**row, "event_name": "scroll"}) == []


@pytest.mark.parametrize("items", [None, [], "p1", [5]])
def test_an_event_without_items_says_so(items: Any) -> None:
    with pytest.raises(DataError, match="items"):
        events(
            {
                "client_id": "c",
                "events": [{"name": "view_item", "params": {"items": items}}],
            }
        )


def test_a_time_that_is_no_number_says_so() -> None:
    with pytest.raises(DataError, match="microseconds"):
        events({**PAYLOAD, "timestamp_micros": "today"})
