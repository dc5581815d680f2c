"""Splits of user-item pairs without regard to time: at random, or as given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import UsageError
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import (
    events_of,
    from_test,
    kept,
    positions,
)
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.subgraph import IntArray, Subgraph


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
    events_of(subgraph, kind)
    pairs = subgraph.interactions(kind).tocoo()
    n = np.bincount(pairs.row, minlength=subgraph.shape[0])
    take = np.clip(np.round(share * n), 1, np.maximum(n - 1, 0))
    order = np.lexsort((np.random.default_rng(seed).random(pairs.nnz), pairs.row))
    row, column = pairs.row[order], pairs.col[order]
    out = np.arange(len(row)) - (n.cumsum() - n)[row] < take[row]
    truth = marked(row[out], column[out], subgraph.shape)
    keys = np.sort(_key(row[out], column[out], subgraph.shape[1]))
    train = kept(
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
        positions(train.ids[label], test[column])
        for label, column in ((USER, "user"), (ITEM, "item"))
    )
    there = (user >= 0) & (item >= 0)
    truth = marked(user[there], item[there], train.shape)
    return from_test(name, train, truth, known=known, kind=kind, cold=cold)


def _key(
    user: npt.NDArray[np.integer], item: npt.NDArray[np.integer], n_items: int
) -> IntArray:
    return user.astype(np.int64) * n_items + item
