"""The context of a request, as the numbers that a gate sees."""

from __future__ import annotations

import numpy as np

from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.moments import DAY

CONTEXT = (
    "hour_sin",
    "hour_cos",
    "weekday_sin",
    "weekday_cos",
    "weekend",
    "activity",
    "since",
)


def context(times: IntArray, events: IntArray, last: IntArray) -> FloatArray:
    """Contexts (Q, 7), in the order of `CONTEXT`, of requests.

    times    when each is made, Unix seconds, (Q,)
    events   how many events the person has before it, (Q,)
    last     when the latest of them was, (Q,)

    Hour and weekday lie on circles; activity and the days since are logarithms,
    brought near the range of the others.

    >>> context(np.array([4 * 86400]), np.array([0]), np.array([4 * 86400])).tolist()
    [[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]]
    """
    hour = 2 * np.pi * (times % DAY) / DAY
    day = (times // DAY + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
    turn = 2 * np.pi * day / 7
    since = np.log1p(np.maximum(times - last, 0) / DAY) / 5
    columns = (
        np.sin(hour),
        np.cos(hour),
        np.sin(turn),
        np.cos(turn),
        day >= 5,
        np.log1p(events) / 10,
        since,
    )
    return np.stack(columns, axis=1).astype(np.float32)
