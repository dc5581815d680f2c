"""Lines of any shape become events that can be recorded, or say why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from basketweave.errors import DataError
from basketweave.loaders.streams.messages import told


def line(message: Any) -> bytes:
    return json.dumps(message).encode()


def test_each_shape_is_found_by_what_it_says() -> None:
    own = {"user": 7, "item": 42, "time": "2026-01-31"}
    segment = {"type": "track", "event": "Product Viewed", "userId": "u"}
    ga4 = {"name": "view_item", "params": {"items": [{"item_id": "p"}]}}
    assert told(line(own)) == [own]
    assert told(line([own, own])) == [own, own]
    assert told(line({**segment, "properties": {"sku": "p"}}))[0]["item"] == "p"
    assert told(line({"client_id": "c", "events": [ga4]}))[0]["kind"] == "VIEWED"


@pytest.mark.parametrize(
    "nothing", [b"", b" \r", line({"type": "page"} | {"messageId": "m"})]
)
def test_what_tells_of_nothing_is_no_mistake(nothing: bytes) -> None:
    assert told(nothing) == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"{", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"5", "is no JSON object"),
        (b'"user"', "is no JSON object"),
        (line({"user": 7}), "has no item"),
        (line({"user": 7, "item": 1, "kind": "BOUGHT"}), "is no kind of event"),
        (line({"user": 7, "item": {"id": 1}}), "is no id"),
        (line({"user": 7, "item": 1, "time": 1e300}), "9999"),
        (line({"user": 7, "item": 1, "value": [1]}), "is no number"),
        (line({"type": "track", "event": "Product Viewed"}), "no properties"),
        (b'{"user": 7, "item": 1, "time": NaN}', "is not a time"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(bad: bytes, why: str) -> None:
    with pytest.raises(DataError, match=why):
        told(bad)
