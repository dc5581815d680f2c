"""Splits by time or order: what a user did last is what a model must find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import events_of, from_test, kept
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import BoolArray, Events, Subgraph
from basketweave.graph.ties import tied
from basketweave.moments import DAY

FOREVER = 1_000_000
"""Days beyond which nobody asks: 2,700 years."""


def time_split(
    subgraph: Subgraph,
    days: float = 28,
    *,
    share: float | None = None,
    known: Known = "any",
    kind: str = PURCHASED,
    cold: bool = False,
    last: int | None = None,
) -> Split:
    """Train on everything until `days` before the last event; test on the rest.

    With `share`, the test is the last share of all events instead, less those of the
    very second at which it would begin: a second is never cut in two. Validation is
    the window before: `time_split(test.train, days)`. With `cold`, users and items
    that first appear in the test part count too. `last` is the second of the last
    event, where the subgraph holds only some people, of whom none may have it.
    """
    if not 0 < days < FOREVER:
        raise UsageError(f"{days} is no number of days. Ask for a few, such as 28.")
    events = events_of(subgraph, kind)
    last = int(events.time.max()) if last is None else last
    cut = int(last - days * DAY) if share is None else _cut(events, share)
    test = events.where(events.time > cut)
    if not 0 < len(test) < len(events):
        raise DataError(
            f"All {kind} events lie within {days} days, or in one second. Ask for "
            "fewer days, or use leave_one_out where times are only an order."
        )
    split = from_test(
        f"last {days:g} days" if share is None else f"last {share:.3g} of the events",
        subgraph.until(cut),
        marked(test.user, test.item, subgraph.shape),
        known=known,
        kind=kind,
        cold=cold,
    )
    return replace(split, cut=f"after Unix second {cut}; no second is cut in two")


def leave_one_out(
    subgraph: Subgraph,
    position: int = 1,
    *,
    known: Known = "new",
    kind: str = PURCHASED,
    cold: bool = True,
) -> Split:
    """Each user's last event is the test (`position` 1), or the one before it (2).

    Train is what stands before that event; a user with nothing before it only
    trains. Events of other kinds stay where they are earlier than the user's
    first event that was taken out. All items are ranked, as published results do;
    without `cold`, only those that are still in train.

    Of events of one time the last is the one that came last: `Split.cut` says for how
    many users that decides. In baskets it says little: take `time_split` there.
    """
    if position < 1:
        raise UsageError(f"`position` counts from the end, from 1; not {position}.")
    events = events_of(subgraph, kind)
    ends = np.bincount(events.user, minlength=subgraph.shape[0]).cumsum()
    to_end = ends[events.user] - np.arange(len(events))
    first = np.diff(events.user, prepend=-1) > 0
    gone = (to_end <= position) & ~first
    until = np.full(subgraph.shape[0], np.iinfo(np.int64).max)
    np.minimum.at(until, events.user[gone], events.time[gone])
    train = kept(subgraph, lambda k, e: ~gone if k == kind else e.time < until[e.user])
    test = events.where(gone & (to_end == position))
    truth = marked(test.user, test.item, subgraph.shape)
    name = "last item" if position == 1 else f"item {position} from the end"
    split = from_test(name, train, truth, known=known, kind=kind, cold=cold)
    return replace(split, cut=_ties(events, gone & (to_end == position)))


def _ties(events: Events, held_out: BoolArray) -> str:
    """For how many users the order of rows decides what is held out."""
    n, shared = int(held_out.sum()), int((tied(events) & held_out).sum())
    note = "before the event held out"
    if not shared:
        return note
    return (
        f"{note}; {shared:,} of {n:,} share their time with others, of which the one "
        "that came last counts"
    )


def _cut(events: Events, share: float) -> int:
    """The time of the last event before the last `share` of them."""
    if not 0 < share < 1:
        raise UsageError(f"`share` lies between 0 and 1; {share} does not.")
    first = len(events) - max(round(share * len(events)), 1)
    return int(np.partition(events.time, first - 1)[first - 1]) if first else 0
