"""The walk: from the items a user holds or had last, over the item relationships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.blend.repeat import History
from basketweave.blend.rows import Rows
from basketweave.blend.settings import BlendSettings
from basketweave.graph.runs import run_sizes, run_starts
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.subgraph import Edges, FloatArray, IntArray


@dataclass(frozen=True)
class Starts:
    """Where walks start: positions of users and items (S,), and each item's weight."""

    user: IntArray
    item: IntArray
    pull: FloatArray

    def rows(self, n_users: int) -> Rows:
        """The starts as one row a user; the weights of a repeated item are summed."""
        return Rows.of(n_users, self.user, self.item, self.pull)

    def and_held(self, item: IntArray, pull: FloatArray) -> Starts:
        """These starts, and the session's items as further starts of the first user."""
        return Starts(
            np.append(self.user, np.zeros(len(item), np.int64)),
            np.append(self.item, item),
            np.append(self.pull, pull),
        )


def starts(pairs: History, order: IntArray, settings: BlendSettings) -> Starts:
    """Each user's latest items, at most `settings.history` of them, as starts.

    Items of one time go by `order` (I,). An item's weight falls with the time from its
    last purchase to the user's latest purchase; it is less where the user had it by a
    kind of event that counts less.
    """
    latest_first = np.lexsort((order[pairs.item], -pairs.last, pairs.user))
    user, item, last = (
        column[latest_first] for column in (pairs.user, pairs.item, pairs.last)
    )
    first = run_starts(user)
    begin = np.repeat(first, run_sizes(first, len(user)))
    age = last[begin] - last
    pull = np.exp2(-age / settings.walk_half_life).astype(np.float32)
    if pairs.weight is not None:
        pull *= pairs.weight[latest_first]
    kept = np.arange(len(user)) - begin < settings.walk_starts
    return Starts(user[kept], item[kept], pull[kept])


def shares(settings: BlendSettings) -> dict[str, np.float32]:
    """Each kind of relationship, and its share in the walk."""
    return {
        CO_PURCHASED: np.float32(settings.co_purchased),
        FOLLOWED_BY: np.float32(settings.followed_by),
    }


def walk(
    n_items: int, edges: Mapping[str, Edges], settings: BlendSettings
) -> sp.csr_array:
    """The sum (I, I) of the relationships of all kinds, each kind times its share."""
    steps = {kind: step(n_items, edges[kind]) for kind in shares(settings)}
    return total(n_items, steps, settings)


def total(
    n_items: int, steps: Mapping[str, sp.csr_array], settings: BlendSettings
) -> sp.csr_array:
    """The sum (I, I) of each kind's matrix times its share.

    `steps` need not have the kinds that have no share.
    """
    share = shares(settings)
    kinds = [matrix * share[kind] for kind, matrix in steps.items()]
    none = sp.csr_array((n_items, n_items), dtype=np.float32)
    found = sp.csr_array(sum(kinds[1:], kinds[0]) if kinds else none)
    found.eliminate_zeros()
    return found


def step(n_items: int, edges: Edges) -> sp.csr_array:
    """The weights of one kind's relationships as a sparse matrix (I, I).

    A weight that is NaN becomes 0.
    """
    weight = np.nan_to_num(edges.columns["weight"].astype(np.float32), nan=0.0)
    pairs = (weight, (edges.index[0], edges.index[1]))
    return sp.coo_array(pairs, shape=(n_items, n_items)).tocsr()


def leaving(walk: sp.csr_array, items: IntArray) -> tuple[IntArray, IntArray]:
    """The relationships (S,) that leave these items, as places in the csr's arrays, one
    item's after another's; and how many leave each."""
    begin = walk.indptr[items].astype(np.int64)
    size = walk.indptr[items + 1] - begin
    skipped = begin - (np.cumsum(size) - size)
    return np.arange(size.sum()) + np.repeat(skipped, size), size


def reached(
    walk: sp.csr_array, items: IntArray, pull: FloatArray
) -> tuple[IntArray, FloatArray]:
    """The items that one step from these ones leads to, in order, and what the step
    gives to every item (I,).

    The items are marked first: looking through the sums for those above 0 takes as
    long as the rest of the walk ten times over.
    """
    step, size = leaving(walk, items)
    item = walk.indices[step]
    there = np.zeros(walk.shape[1], bool)
    there[item] = True
    found = np.zeros(walk.shape[1], np.float32)
    np.add.at(found, item, walk.data[step] * np.repeat(pull, size))
    return np.flatnonzero(there).astype(np.int64, copy=False), found
