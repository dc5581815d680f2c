"""What comes after the ranking: items that are not all alike, and some to explore.

Both look at more rows than are wanted, and cost a request that asks for neither nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from basketweave.blend.diversity import LIKE, diverse
from basketweave.blend.explore import DEPTH, NEW, ListPlace, explored
from basketweave.blend.request import Request
from basketweave.errors import UsageError
from basketweave.serving.engine import Arranged, Row
from basketweave.serving.pinned import apart, pinned, placed
from basketweave.serving.snapshot import Snapshot

_PINNED = ListPlace(-1)


def depth(request: Request) -> int:
    """How many rows a request looks at."""
    if request.only is not None or not (request.diversity or request.explore):
        return request.k
    return max(2 * request.k, DEPTH)


def arranged(
    now: Snapshot,
    request: Request,
    rows: Sequence[Row],
    one: Callable[[str], Row],
    who: str,
) -> Arranged:
    """The rows of the answer, from those that were looked at.

    one   gives the row of an item that was not ranked
    who   for whom: explored places are drawn by it, and by the day
    """
    if request.only is not None:
        return Arranged(rows)
    if not (request.diversity or request.explore):
        if request.where.pinned:
            return Arranged(pinned(rows, request, one))
        return Arranged(rows[: request.k])
    pins, rows = apart(rows, request, one)
    k = request.k - len(pins)
    if request.diversity and rows:
        rows = _diverse(now, request, rows, k)
    if not request.explore:
        return Arranged(placed(rows[:k], pins))
    new = _new(now, request, rows)
    seed = request.seed or f"{who} {_day(request)}"
    popularity = np.array([row.parts["popularity"][0] for row in rows], np.float32)
    drawn = explored(popularity, len(new), k, request.explore, seed)
    chosen = [
        (rows[at.row] if at.row < len(rows) else one(new[at.row - len(rows)]), at)
        for at in drawn
    ]
    both = placed(chosen, {at: (row, _PINNED) for at, row in pins.items()})
    return Arranged([row for row, _ in both], [place for _, place in both], seed)


def _diverse(now: Snapshot, request: Request, rows: Sequence[Row], k: int) -> list[Row]:
    """The best `k` as they are taken, then the others as they were."""
    live = now.standing.live
    version = next((live[part] for part in LIKE if part in live), None)
    if version is None:
        raise UsageError(
            "diversity compares vectors, and none are published. Publish some: "
            "basketweave train attributes --publish"
        )
    vectors = now.vectors(version, [row.item for row in rows])
    score = np.array([row.score for row in rows], np.float32)
    first = diverse(score, vectors, k, request.diversity).tolist()
    taken = set(first)
    rest = [row for n, row in enumerate(rows) if n not in taken]
    return [*(rows[n] for n in first), *rest]


def _new(now: Snapshot, request: Request, rows: Sequence[Row]) -> list[str]:
    if request.known == "again":
        return []
    there = {row.item for row in rows} | {*request.where.pinned.values()}
    return [item for item in now.newest(request, NEW) if item not in there]


def _day(request: Request) -> str:
    if request.as_of is None:
        return datetime.now(UTC).date().isoformat()
    return datetime.fromtimestamp(request.as_of, UTC).date().isoformat()
