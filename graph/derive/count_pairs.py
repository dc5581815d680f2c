"""`count_pairs`: what one shard of whole users adds to the sums, as a table.

Whoever runs it, processes on this machine or Spark, only adds the rows up by `what`, `i`
and `j`; powers, lift and the strongest of each item come after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from basketweave.graph.derive.baskets import baskets
from basketweave.graph.derive.co_purchased import count_together
from basketweave.graph.derive.columns import column_of, table_of
from basketweave.graph.derive.counted import Counted
from basketweave.graph.derive.facts import Plan, that_count
from basketweave.graph.derive.followed_by import count_followers
from basketweave.graph.derive.followed_by_baskets import count_holders
from basketweave.graph.derive.newest import newest
from basketweave.graph.derive.popularity import count_buyers
from basketweave.graph.derive.rebuy import count_rebuys
from basketweave.graph.derive.rows import Product, Rows, Sums
from basketweave.graph.planned.popularity import WINDOWS
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.subgraph import Events, FloatArray, IntArray

PARTIALS = pa.schema(
    [
        ("what", pa.int8()),
        ("i", pa.int32()),
        ("j", pa.int32()),
        ("value", pa.float32()),
    ]
)
"""A row is a summand: of the pair of items i and j; or of the number j of item i."""

EXACT = PARTIALS.set(3, pa.field("value", pa.float64()))
"""The same where the plan is exact."""

PAIRS: Mapping[str, int] = {CO_PURCHASED: 0, FOLLOWED_BY: 1}
NUMBER = 2
"""What `what` says: a pair of this kind, or a number of an item."""

ROUNDING = 1e-12
"""What a pair must have to be one: where a change takes off all that was there, rounding
leaves some 1e-16, and what was bought twenty years ago counts no more than this."""

BUYERS = 2 + len(WINDOWS)
NUMBERS = (
    *("seen", "out", "into"),
    *("bought", "buyers", *(f"buyers_{days}" for days in WINDOWS)),
    *("again", "before"),
    *(f"pairs_{kind}" for kind in PAIRS),
)
"""The numbers of an item, in order of `j`."""


def count_pairs(events: pa.Table, plan: Plan) -> pa.Table:
    """The summands of whole users, by `what`, `i` and `j`, as in `PARTIALS`.

    events   `user`, `item` (positions), `time`, and where there are any `millis`, and
             `weight`, where kinds count differently; each user with all of theirs
    """
    return count(events_of(events), plan)


def count(events: Events, plan: Plan) -> pa.Table:
    """The same from events: by user, then time, users counted from 0.

    Only items that they name are looked at: what it costs does not grow with all others.
    """
    items, events, plan = _of_named(events, plan)
    some = newest(events, plan.config.newest_events)
    strong = that_count(some, plan.most)
    held = some if plan.by_user else strong
    together = count_together(held, plan.n_items, by_user=plan.by_user)
    follows = followed(strong if plan.together else some, plan)
    parts, sizes = zip(
        _pairs(CO_PURCHASED, together, plan, items),
        _pairs(FOLLOWED_BY, follows, plan, items),
        strict=True,
    )  # fmt: skip
    numbers = np.stack(
        [
            *(together.out, follows.out, follows.into),
            *count_numbers(events, plan),
            *sizes,
        ]
    )
    return pa.concat_tables([*parts, numbers_table(numbers, plan, items)])


def _of_named(events: Events, plan: Plan) -> tuple[IntArray, Events, Plan]:
    """The items that the events name, in order; and both as if there were no others."""
    named = np.zeros(plan.n_items, np.bool_)
    named[events.item] = True
    items = np.flatnonzero(named)
    place = np.zeros(plan.n_items, np.int64)
    place[items] = np.arange(len(items))
    return (
        items,
        replace(events, item=place[events.item]),
        replace(plan, usual=plan.usual[items]),
    )


def count_numbers(events: Events, plan: Plan) -> Sums:
    """What popularity and rebuys follow from (7, I), in order of `NUMBERS`."""
    strong = that_count(events, plan.most)
    bought = count_buyers(events, plan.n_items, plan.last)
    return np.concatenate(
        [bought, count_rebuys(strong, plan.n_items, plan.last_strongest)]
    )


def events_of(table: pa.Table) -> Events:
    """The events of a table, by user, then time; users are counted from 0."""
    given = {
        name: column_of(table[name]).astype(np.int64, copy=False)
        for name in ("user", "item", "time", "millis")
        if name in table.column_names
    }
    _, user = np.unique(given["user"], return_inverse=True)
    millis = given.get("millis")
    finer = [] if millis is None else [millis]
    order = np.lexsort((*finer, given["time"], user))
    return Events(
        user[order],
        given["item"][order],
        given["time"][order],
        np.ones(len(order), np.float32),
        None if millis is None else millis[order],
        weight=_weight(table, order),
    )


def _weight(table: pa.Table, order: IntArray) -> FloatArray | None:
    if "weight" not in table.column_names:
        return None
    return column_of(table["weight"]).astype(np.float32)[order]


def followed(events: Events, plan: Plan) -> Counted:
    """What FOLLOWED_BY follows from, in the way of the plan."""
    config = plan.config
    if not plan.together:
        held = baskets(events, plan.n_items)
        return count_followers(held, plan.gaps, config.followed_by)
    users = int(events.user[-1]) + 1 if len(events) else 0
    return count_holders(
        events,
        (users, plan.n_items),
        config.followed_by_baskets,
        last=plan.last_strongest,
        usual=plan.usual,
        exact=plan.exact,
    )


def _pairs(
    kind: str, counted: Counted, plan: Plan, items: IntArray
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    i, j, value = entries(counted.product, exact=plan.exact)
    sizes = np.bincount(i, minlength=plan.n_items)
    return summands(PAIRS[kind], items[i], items[j], value, plan), sizes


def entries(product: Product, *, exact: bool) -> Rows:
    """The product's entries but its diagonal: i (ascending), j, value.

    What rounding may have left is none: see `ROUNDING`.
    """
    left, right = product.left, product.right
    if exact:
        left, right = left.astype(np.float64), right.astype(np.float64)
    whole = left @ right
    i = np.repeat(np.arange(whole.shape[0], dtype=np.int32), np.diff(whole.indptr))
    keep = (whole.indices != i) & (np.abs(whole.data) > ROUNDING)
    return i[keep], whole.indices[keep], whole.data[keep]


def numbers_table(
    numbers: npt.NDArray[np.floating],
    plan: Plan,
    items: IntArray | None = None,
    *,
    begin: int = 0,
) -> pa.Table:
    """Numbers (N, I) as rows, those of `NUMBERS` from `begin` on; of all items, or of
    these."""
    i, j = np.nonzero(numbers.T)
    named = i if items is None else items[i]
    return summands(NUMBER, named, j + begin, numbers[j, i], plan)


def summands(
    what: int,
    i: npt.NDArray[np.integer],
    j: npt.NDArray[np.integer],
    value: npt.NDArray[np.floating],
    plan: Plan,
) -> pa.Table:
    """Rows of one `what` as a table."""
    columns = [np.full(len(i), what, np.int8), i, j, value]
    return table_of(columns, EXACT if plan.exact else PARTIALS)
