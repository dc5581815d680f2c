"""Ties: events of one user at one time, ordered only by the rows of the source."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from basketweave.graph.subgraph import Events


def tied(events: Events) -> npt.NDArray[np.bool_]:
    """Whether each event (E,) has its user and moment in common with another.

    A moment is a second, and the millisecond within it where there is one. Events are
    sorted by user and time, as `Events` are.
    """
    if len(events) == 0:
        return np.empty(0, bool)
    same = np.ones(len(events) - 1, bool)
    for column in (events.user, events.time, events.millis):
        if column is not None:
            same &= column[1:] == column[:-1]
    return np.r_[False, same] | np.r_[same, False]


def last(events: Events) -> npt.NDArray[np.bool_]:
    """Whether each event (E,) is its user's last."""
    return np.diff(events.user, append=-1) != 0
