"""Histories cut to their newest events, so that one robot does not make all the pairs."""

from __future__ import annotations

import numpy as np

from basketweave.graph.runs import run_sizes, run_starts
from basketweave.graph.subgraph import BoolArray, Events, IntArray


def newest(events: Events, most: int) -> Events:
    """At most so many of each user's events, the last ones.

    A user of n different items makes some n² pairs; and no pair of items can get more
    from one user than `most` events give.
    """
    among = are_newest(events.user, most)
    return events if among.all() else events.where(among)


def are_newest(user: IntArray, most: int) -> BoolArray:
    """Which events (E,) are among so many of their user's last; `user` is sorted."""
    starts = run_starts(user)
    sizes = run_sizes(starts, len(user))
    ends = np.repeat(starts + sizes, sizes)
    return ends - np.arange(len(user)) <= most


def cut_users(events: Events, most: int) -> int:
    """How many users have more events than that."""
    sizes = run_sizes(run_starts(events.user), len(events))
    return int((sizes > most).sum())
