"""One line of a stream: the events it tells, or why it cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from basketweave.errors import BasketweaveError, DataError
from basketweave.graph.recorded import checked
from basketweave.loaders.streams import ga4, own, segment
from basketweave.loaders.streams.own import Told


def told(line: bytes) -> Told:
    """The events of a line in any of the shapes, each fit to be recorded.

    None where it is blank, or tells of something else, such as a page that was seen.
    Raises `DataError` with the reason where a line cannot be used.
    """
    if not line.strip():
        return []
    found = [event for message in _messages(line) for event in _events(message)]
    try:
        checked(found)
    except BasketweaveError as error:
        raise DataError(str(error.__cause__ or error)) from error
    return found


def _messages(line: bytes) -> list[Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"It is no JSON: {error}.") from None
    return message if isinstance(message, list) else [message]


def _events(message: Any) -> Told:
    if not isinstance(message, Mapping):
        raise DataError("It is no JSON object.")
    if segment.is_segment(message):
        return segment.events(message)
    if ga4.is_ga4(message):
        return ga4.events(message)
    return own.events(message)
