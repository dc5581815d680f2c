"""Items that stand at a place of the answer whatever their score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from basketweave.blend.request import Request
from basketweave.serving.engine import Row

T = TypeVar("T")


def pinned(
    rows: Sequence[Row], request: Request, one: Callable[[str], Row]
) -> list[Row]:
    """The rows of an answer with the pinned items at their places.

    one   gives the row of an item that was not ranked
    """
    wanted, rest = apart(rows, request, one)
    return placed(rest, wanted)[: request.k]


def apart(
    rows: Sequence[Row], request: Request, one: Callable[[str], Row]
) -> tuple[dict[int, Row], list[Row]]:
    """The rows of the pinned items by their places, and the others in their order."""
    ranked = {row.item: row for row in rows}
    wanted = {
        place: ranked.get(item) or one(item)
        for place, item in request.where.pinned.items()
        if place <= request.k
    }
    pins = {row.item for row in wanted.values()}
    return wanted, [row for row in rows if row.item not in pins]


def placed(rest: Sequence[T], wanted: Mapping[int, T]) -> list[T]:
    """`rest` in its order, with what is wanted at its places, which count from 1.

    In a shorter list they stand at the end.

    >>> placed(["a", "b"], {2: "x", 9: "y"})
    ['a', 'x', 'b', 'y']
    """
    out = list(rest)
    for place in sorted(wanted):
        out.insert(place - 1, wanted[place])
    return out
