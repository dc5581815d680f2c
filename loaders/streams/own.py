"""Our own shape: an event as `GraphStore.record` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Told = list[dict[str, Any]]
"""Events as `GraphStore.record` takes them: none where a message tells of none."""


def events(message: Mapping[str, Any]) -> Told:
    """The message itself.

    >>> events({"user": 7, "item": 42})
    [{'user': 7, 'item': 42}]
    """
    return [dict(message)]
