"""What the sums gain and lose when events are added: only users whose events changed.

A sum of pairs is a product, left @ right, whose inner side are people or baskets. Where
these become new, what changes is

    new_left @ new_right - left @ right
        = (new_left - left) @ new_right + left @ (new_right - right)

whose differences are nearly empty: counting that is cheaper than counting the old events
and the new ones, and of a basket as it was it counts nothing. Decays are all seen from
the new last second; the sums that stand are brought there by `aged`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from basketweave.graph.derive.baskets import apart
from basketweave.graph.derive.co_purchased import count_together
from basketweave.graph.derive.count_pairs import (
    PAIRS,
    entries,
    followed,
    numbers_table,
    summands,
)
from basketweave.graph.derive.counted import Counted
from basketweave.graph.derive.facts import Plan
from basketweave.graph.derive.followed_by_baskets import (
    ages,
    decayed,
    had,
    younger,
)
from basketweave.graph.derive.newest import are_newest
from basketweave.graph.derive.rows import Product, Sums
from basketweave.graph.runs import run_starts
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.subgraph import BoolArray, Events, IntArray
from basketweave.moments import DAY


def aged(before: Plan, after: Plan) -> float:
    """By what each sum of FOLLOWED_BY is multiplied, when the last second is later."""
    if not after.together:
        return 1.0
    days = (after.last_strongest - before.last_strongest) / DAY
    config = after.config.followed_by_baskets
    # what is had counts by the root of its decay: it is divided by the root of its sum
    return float(2 ** (-days / (2 * config.memory) - days / config.recent))


def changing(every: Events, new: BoolArray, before: Plan, after: Plan) -> BoolArray:
    """Which events (E,) are of users whose sums change otherwise than `aged` says.

    new (E,)   the events that were not there before
    """
    some = new.copy()
    if after.together:
        # One may stop being usual, too: a long history's new event pushes an old one out.
        some |= (after.usual != _wider(before.usual, after.n_items))[every.item]
        oldest = DAY * after.config.followed_by_baskets.max_age
        some |= (every.time >= before.last_strongest - oldest) & (
            every.time <= after.last_strongest - oldest
        )
    users = np.zeros(int(every.user.max(initial=-1)) + 1, np.bool_)
    users[every.user[some]] = True
    return users[every.user]


def count_change(every: Events, new: BoolArray, before: Plan, after: Plan) -> pa.Table:
    """What is added to the sums of pairs and to the first three numbers, as `EXACT`.

    every      all events of whole users: by user, then time, users counted from 0
    new (E,)   those of them that were not there before
    before, after   how the sums that stand were counted, and how all are from now on
    """
    was = _Counting(every, np.flatnonzero(~new), before, after)
    now = _Counting(every, np.arange(len(every)), after, after)
    together, seen = _together(was, now)
    tables, sums = [], [seen]
    for kind, product in (
        (CO_PURCHASED, together),
        (FOLLOWED_BY, _followed(was, now)),
    ):
        i, j, value = entries(product, exact=True)
        tables.append(summands(PAIRS[kind], i, j, value, after))
        if kind == FOLLOWED_BY:
            sums += [
                np.bincount(side, value, after.n_items).astype(np.float64)
                for side in (i, j)
            ]
    return pa.concat_tables([*tables, numbers_table(np.stack(sums), after)])


@dataclass(frozen=True)
class _Counting:
    """Some `rows` of all events, counted by a plan, as seen from another's last second."""

    every: Events
    rows: IntArray
    plan: Plan
    seen_by: Plan

    @property
    def pairing(self) -> IntArray:
        """Those that make pairs."""
        most = self.plan.config.newest_events
        return self.rows[are_newest(self.every.user[self.rows], most)]

    @property
    def strongest(self) -> IntArray:
        """Those of them that count most."""
        rows, weight = self.pairing, self.every.weight
        return (
            rows if weight is None else rows[weight[rows] == np.float32(self.plan.most)]
        )

    @property
    def usual(self) -> BoolArray:
        return _wider(self.plan.usual, self.seen_by.n_items)


def _together(was: _Counting, now: _Counting) -> tuple[Product, Sums]:
    by_user, n = now.plan.by_user, now.seen_by.n_items
    group = now.every.user if by_user else _baskets(now.every)
    found = []
    for one in (was, now):
        rows = one.pairing if by_user else one.strongest
        counted = count_together(one.every.taken(rows), n, by_user=by_user)
        found.append((counted, _each(group[rows])))
    (old, _), (new, _) = found
    return _difference(found, len(now.every)), new.out - old.out


def _followed(was: _Counting, now: _Counting) -> Product:
    if now.plan.together:
        return _held(was, now)
    group, n = _baskets(now.every), len(now.every)
    found = []
    for one in (was, now):
        rows = one.pairing
        places = _each(group[rows])
        some = one.every.taken(rows)
        # Each basket is there twice: before what followed it, and after.
        found.append((followed(some, one.seen_by), np.r_[places, n + places]))
    return _difference(found, 2 * n)


def _held(was: _Counting, now: _Counting) -> Product:
    """Of baskets, FOLLOWED_BY has users inside; and what has become too old is taken off."""
    config, last = now.plan.config.followed_by_baskets, now.plan.last_strongest
    users = int(now.every.user[-1]) + 1 if len(now.every) else 0
    shape = (users, now.seen_by.n_items)
    (left, right), (new_left, new_right) = (
        _sides(one, shape, last) for one in (was, now)
    )
    some = was.every.taken(was.strongest)
    age, then = (
        ages(some, shape, at, was.usual) for at in (last, was.plan.last_strongest)
    )
    oldest = config.max_age + 1
    age.data[(then.data > oldest) | (age.data <= oldest)] = 0
    age.eliminate_zeros()
    lefts = [new_left - left, left, left]
    rights = [new_right, new_right - right, -decayed(age, config.recent)]
    return _product(lefts, rights)


def _sides(
    one: _Counting, shape: tuple[int, int], last: int
) -> tuple[sp.csr_array, sp.csr_array]:
    some, config = one.every.taken(one.strongest), one.plan.config.followed_by_baskets
    age = ages(some, shape, last, one.usual)
    return had(age, config), decayed(younger(age, config.max_age), config.recent)


def _difference(found: list[tuple[Counted, IntArray]], n: int) -> Product:
    """From each count and the places of its baskets among `n`: how the second differs."""
    (left, right), (new_left, new_right) = (
        (
            _spread(counted.product.left.T.tocsr(), places, n),
            _spread(counted.product.right, places, n),
        )
        for counted, places in found
    )
    return _product([new_left - left, left], [new_right, new_right - right])


def _product(lefts: list[sp.csr_array], rights: list[sp.csr_array]) -> Product:
    left = sp.vstack(lefts, format="csr").T.tocsr()
    return Product(sp.csr_array(left), sp.csr_array(sp.vstack(rights, format="csr")))


def _spread(rows: sp.csr_array, places: IntArray, n: int) -> sp.csr_array:
    """The rows at these places of `n`, the others empty, in float64."""
    sizes = np.zeros(n, np.int64)
    sizes[places] = np.diff(rows.indptr)
    starts = np.r_[0, np.cumsum(sizes)]
    data = rows.data.astype(np.float64)
    return sp.csr_array((data, rows.indices, starts), shape=(n, rows.shape[1]))


def _each(groups: IntArray) -> IntArray:
    """The groups of events that come group by group."""
    return groups[run_starts(groups)]


def _baskets(events: Events) -> IntArray:
    return np.cumsum(np.r_[0, apart(events)][: len(events)])


def _wider(usual: BoolArray, n_items: int) -> BoolArray:
    return np.r_[usual, np.zeros(n_items - len(usual), np.bool_)]
