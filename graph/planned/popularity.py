"""What buyers of the last days count, and what the first one counts until `derive`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from basketweave.graph.recorded import Event
from basketweave.graph.schema import PURCHASED
from basketweave.moments import DAY

WINDOWS = {7: 2.0, 28: 1.0, 91: 0.25}
"""Days, and what a buyer within them counts."""
SECONDS = [[days * DAY, weight] for days, weight in WINDOWS.items()]
"""The same, as a statement counts it."""


def of_one_buyer(age: int) -> float:
    """The popularity of an item that one person bought once, so many seconds ago.

    >>> of_one_buyer(0), of_one_buyer(30 * DAY), of_one_buyer(100 * DAY)
    (3.25, 0.25, 0.0)
    """
    counted = (weight for days, weight in WINDOWS.items() if age < days * DAY)
    return sum(counted, 0.0)


def first_bought(
    events: Iterable[Event], popularity: Mapping[str, float | None], last_at: int | None
) -> dict[str, float]:
    """The popularity of items that had none, and are bought with these events.

    popularity   of the items that have one
    last_at      when the last of all events was
    """
    bought: dict[str, int] = {}
    for event in events:
        if event.kind == PURCHASED and not (popularity.get(event.item) or 0) > 0:
            bought[event.item] = max(event.time, bought.get(event.item, event.time))
    now = max([*bought.values(), *([] if last_at is None else [last_at])], default=0)
    found = {item: of_one_buyer(now - at) for item, at in bought.items()}
    return {item: value for item, value in found.items() if value > 0}
