"""Splits in which a row is a history and the item after it, not a known user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.errors import UsageError
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import events_of, positions
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM, VIEWED
from basketweave.graph.subgraph import Events, IntArray, Subgraph
from basketweave.moments import DAY

_NONE = np.zeros(0, np.int64)


def session_split(
    subgraph: Subgraph,
    days: float = 1,
    *,
    share: float | None = None,
    shortest: int = 1,
    known: Known = "any",
    kind: str = VIEWED,
) -> Split:
    """Sessions (the subgraph's users) that start in the last `days` are the test.

    Each of them gives a row for each item that has `shortest` or more before it:
    what stood before, and the item. Train is every event until then, so a session
    that runs across the cut is trained on as far as it had come, and not tested.
    With `share`, the last share of all sessions (by start) is the test instead:
    for data whose times are only an order.
    """
    if shortest < 1:
        raise UsageError(f"`shortest` is 1 or more; {shortest} is not.")
    events = events_of(subgraph, kind)
    cut = int(events.time.max() - days * DAY) if share is None else _cut(events, share)
    prefixes, targets = _pairs(events, cut, shortest)
    last = f"last {days:g} days" if share is None else f"last {share:.0%}"
    name = f"sessions of the {last}"
    train = subgraph.until(cut)
    split = next_item(train, prefixes, targets, known=known, kind=kind, name=name)
    note = f"before sessions that start after Unix second {cut}"
    return replace(split, cut=f"{note}; events of one time stay as they came")


def given_sessions(
    train: Subgraph,
    test: pl.DataFrame,
    *,
    known: Known = "any",
    kind: str = VIEWED,
    name: str = "given sessions",
) -> Split:
    """Test sessions that came with the data: `prefix` (lists of item ids), `target`.

    Items that the subgraph does not have leave their prefix; a row whose target it
    does not have, or that has no prefix left, is left out.
    """
    rows = test.select("prefix", "target").with_row_index("row")
    clicks = rows.select("row", "prefix").explode("prefix").drop_nulls()
    clicks = clicks.with_columns(at=positions(train.ids[ITEM], clicks["prefix"]))
    before = clicks.filter(pl.col("at") >= 0).group_by("row", maintain_order=True)
    rows = rows.with_columns(to=positions(train.ids[ITEM], rows["target"]))
    asked = rows.filter(pl.col("to") >= 0).join(before.agg("at"), on="row")
    prefixes = [prefix.to_numpy() for prefix in asked["at"]]
    targets = asked["to"].to_numpy()
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


def _cut(events: Events, share: float) -> int:
    """The last time before the start of the last `share` of the sessions."""
    if not 0 < share < 1:
        raise UsageError(f"`share` lies between 0 and 1; {share} does not.")
    first = np.sort(events.time[np.flatnonzero(np.diff(events.user, prepend=-1))])
    return int(first[-max(round(share * len(first)), 1)]) - 1


def _pairs(events: Events, cut: int, shortest: int) -> tuple[list[IntArray], IntArray]:
    """Every (prefix, next item) of the sessions that start after `cut`."""
    starts = np.flatnonzero(np.diff(events.user, prepend=-1))
    ends = np.append(starts[1:], len(events))
    late = events.time[starts] > cut
    start = starts[late].repeat(ends[late] - starts[late])
    target = np.concatenate([_NONE, *map(np.arange, starts[late], ends[late])])
    asked = target - start >= shortest
    start, target = start[asked], target[asked]
    prefixes = [events.item[s:t] for s, t in zip(start, target, strict=True)]
    return prefixes, events.item[target]
