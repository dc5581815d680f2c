"""Splits in which a row is a history and the item after it, not a known user."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from basketweave.evaluation.splits.known import Known
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import events_of
from basketweave.evaluation.splits.split import Split
from basketweave.graph.schema import VIEWED
from basketweave.graph.subgraph import Events, IntArray, Subgraph

DAY = 86_400
_NONE = np.zeros(0, np.int64)


def session_split(
    subgraph: Subgraph,
    days: float = 1,
    *,
    known: Known = "any",
    kind: str = VIEWED,
) -> Split:
    """Sessions (the subgraph's users) that start in the last `days` are the test.

    Each of them gives a row for each item after its first: what stood before, and
    the item. Train is every event until then, so a session that runs across the
    cut is trained on as far as it had come, and not tested.
    """
    events = events_of(subgraph, kind)
    cut = int(events.time.max() - days * DAY)
    prefixes, targets = _pairs(events, cut)
    name = f"sessions of the last {days:g} days"
    train = subgraph.until(cut)
    return next_item(train, prefixes, targets, known=known, kind=kind, name=name)


def next_item(
    train: Subgraph,
    prefixes: Sequence[IntArray],
    targets: IntArray,
    *,
    known: Known = "any",
    kind: str = VIEWED,
    name: str = "next item",
) -> Split:
    """Given histories and the item after each: positions in `train`'s items.

    prefixes (Q lists)   the newest item last
    targets (Q,)         the item that came next
    """
    rows = np.arange(len(prefixes), dtype=np.int64)
    shape = (len(prefixes), train.shape[1])
    lengths = np.array([len(prefix) for prefix in prefixes], np.int64)
    items = np.concatenate(prefixes) if len(prefixes) else rows
    return Split(
        name=name,
        train=train,
        users=rows,
        truth=marked(rows, targets, shape),
        seen=marked(rows.repeat(lengths), items, shape),
        offered=np.bincount(train.events[kind].item, minlength=shape[1]) > 0,
        known=known,
        kind=kind,
        prefixes=prefixes,
    )


def _pairs(events: Events, cut: int) -> tuple[list[IntArray], IntArray]:
    """Every (prefix, next item) of the sessions that start after `cut`."""
    starts = np.flatnonzero(np.diff(events.user, prepend=-1))
    ends = np.append(starts[1:], len(events))
    late = events.time[starts] > cut
    start = starts[late].repeat(ends[late] - starts[late])
    target = np.concatenate([_NONE, *map(np.arange, starts[late], ends[late])])
    start, target = start[target > start], target[target > start]
    prefixes = [events.item[s:t] for s, t in zip(start, target, strict=True)]
    return prefixes, events.item[target]
