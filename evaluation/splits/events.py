"""Splits of known users' events: by time, by order, at random, or as given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.splits.known import BoolArray, Known
from basketweave.evaluation.splits.split import Split, from_test
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.subgraph import Events, IntArray, Subgraph

DAY = 86_400


def time_split(
    subgraph: Subgraph,
    days: float = 28,
    *,
    known: Known = "any",
    kind: str = PURCHASED,
    cold: bool = False,
) -> Split:
    """Train on everything until `days` before the last event; test on the rest.

    Validation is the window before: `time_split(test.train, days)`. With `cold`,
    users and items that first appear in the test part count too.
    """
    events = subgraph.events[kind]
    if not len(events):
        raise DataError(f"There are no {kind} events to split. Load a data set first.")
    cut = int(events.time.max() - days * DAY)
    test = events.where(events.time > cut)
    if len(test) == len(events):
        raise DataError(
            f"All {kind} events lie within {days} days. Ask for fewer days, or use "
            "leave_one_out where times are only an order."
        )
    return from_test(
        f"last {days:g} days",
        subgraph.until(cut),
        _matrix(test, subgraph.shape),
        known=known,
        kind=kind,
        cold=cold,
    )


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
    """
    if position < 1:
        raise UsageError(f"`position` counts from the end, from 1; not {position}.")
    events = subgraph.events[kind]
    ends = np.bincount(events.user, minlength=subgraph.shape[0]).cumsum()
    to_end = ends[events.user] - np.arange(len(events))
    first = np.r_[True, events.user[1:] != events.user[:-1]][: len(events)]
    gone = (to_end <= position) & ~first
    until = np.full(subgraph.shape[0], np.iinfo(np.int64).max)
    np.minimum.at(until, events.user[gone], events.time[gone])
    train = _train(
        subgraph, lambda k, e: ~gone if k == kind else e.time < until[e.user]
    )
    truth = _matrix(events.where(gone & (to_end == position)), subgraph.shape)
    name = "last item" if position == 1 else f"item {position} from the end"
    return from_test(name, train, truth, known=known, kind=kind, cold=cold)


def holdout(
    subgraph: Subgraph,
    share: float = 0.1,
    *,
    seed: int = 0,
    known: Known = "new",
    kind: str = PURCHASED,
    cold: bool = True,
) -> Split:
    """A random share of each user's distinct items, for data without times.

    At least one item is held out of each user with two or more, never all; every
    event of a held-out pair leaves train, whatever its kind. Without `cold`, only
    items that are still in train are ranked.
    """
    if not 0 < share < 1:
        raise UsageError(f"`share` lies between 0 and 1; {share} does not.")
    pairs = subgraph.interactions(kind).tocoo()
    n = np.bincount(pairs.row, minlength=subgraph.shape[0])
    take = np.clip(np.round(share * n), 1, np.maximum(n - 1, 0))
    order = np.lexsort((np.random.default_rng(seed).random(pairs.nnz), pairs.row))
    row, column = pairs.row[order], pairs.col[order]
    out = np.arange(len(row)) - (n.cumsum() - n)[row] < take[row]
    truth = sp.csr_array(
        (np.ones(int(out.sum()), np.float32), (row[out], column[out])),
        shape=subgraph.shape,
    )
    keys = np.sort(_key(row[out], column[out], subgraph.shape[1]))
    train = _train(
        subgraph, lambda _, e: ~np.isin(_key(e.user, e.item, subgraph.shape[1]), keys)
    )
    name = f"random {share:.0%}"
    return from_test(name, train, truth, known=known, kind=kind, cold=cold)


def given(
    train: Subgraph,
    test: pl.DataFrame,
    *,
    known: Known = "new",
    kind: str = PURCHASED,
    cold: bool = True,
    name: str = "given test set",
) -> Split:
    """A test set that came with the data: `test` has columns `user` and `item`.

    Ids are those of the subgraph; rows with an id it does not have are left out.
    Without `cold`, so are users and items that have no event in train.
    """
    user, item = (
        _positions(train.ids[label], test[column])
        for label, column in ((USER, "user"), (ITEM, "item"))
    )
    there = (user >= 0) & (item >= 0)
    ones = np.ones(int(there.sum()), np.float32)
    truth = sp.csr_array((ones, (user[there], item[there])), shape=train.shape)
    return from_test(name, train, truth, known=known, kind=kind, cold=cold)


def _train(subgraph: Subgraph, keep: Callable[[str, Events], BoolArray]) -> Subgraph:
    """The subgraph with the events that `keep` says, and no item-item edges.

    Item-item relationships were derived from all events, so they would leak.
    """
    events = {kind: e.where(keep(kind, e)) for kind, e in subgraph.events.items()}
    edges = {r: e for r, e in subgraph.edges.items() if (r[0], r[2]) != (ITEM, ITEM)}
    return replace(subgraph, events=events, edges=edges)


def _matrix(events: Events, shape: tuple[int, int]) -> sp.csr_array:
    ones = np.ones(len(events), np.float32)
    return sp.csr_array((ones, (events.user, events.item)), shape=shape)


def _key(
    user: npt.NDArray[np.integer], item: npt.NDArray[np.integer], n_items: int
) -> IntArray:
    return user.astype(np.int64) * n_items + item


def _positions(ids: pl.Series, wanted: pl.Series) -> IntArray:
    known = pl.DataFrame({"id": ids}).with_row_index("position")
    found = wanted.cast(pl.String).rename("id").to_frame()
    joined = found.join(known, on="id", how="left", maintain_order="left")
    return joined["position"].cast(pl.Int64).fill_null(-1).to_numpy()
