"""The order of a user's events of one time: as they came, stored in few numbers.

Most sources list a basket by item. So events of one user, time and millisecond are read
back in the order of `EVENT_KINDS`, then of their items (shorter ids first, so that 9
comes before 10). Events that came in this order need no number. Where they came in
another order, each has an `arrival`, counted from 0, by which they are sorted first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.graph.schema import EVENT_KINDS
from basketweave.graph.subgraph import Events, IntArray
from basketweave.graph.tables import MILLIS

ARRIVAL = "arrival"
EVENT = ["user", "item", "kind", "time", MILLIS]
"""What identifies an event: two rows that agree in these columns are one event."""
_MOMENT = ["user", "time", MILLIS]


def with_arrival(events: pl.DataFrame) -> pl.DataFrame:
    """The events with two more columns: `millis` (0 where missing) and `arrival`."""
    fine = MILLIS in events.columns
    millis = pl.col(MILLIS).fill_null(0) if fine else pl.lit(0, pl.Int64)
    events = events.with_columns(millis.alias(MILLIS))
    if len(events) < 2:  # as often where events are recorded one by one
        return events.with_columns(pl.lit(0, pl.Int64).alias(ARRIVAL))
    needed = _order_needed(events, _MOMENT if fine else ["user", "time"])
    arrival = np.zeros(len(events), np.int64)
    if len(needed):
        # Times are quicker to compare than users, and leave few rows.
        some = events.with_row_index("_row").filter(
            pl.col("time").is_in(needed["time"].unique().implode())
        )
        rows = some.join(needed, on=needed.columns, how="semi", maintain_order="left")
        together = rows.sort(needed.columns, maintain_order=True)
        arrival[together["_row"].to_numpy()] = _counted(together, needed.columns)
    return events.with_columns(pl.Series(ARRIVAL, arrival))


def _counted(events: pl.DataFrame, moment: list[str]) -> IntArray:
    """The number of each row (n,) within its moment, whose rows follow one another."""
    first = ~events.select(_follows(moment)).to_series().to_numpy()
    starts = np.flatnonzero(first)
    return np.arange(len(events)) - starts[np.cumsum(first) - 1]


def _order_needed(events: pl.DataFrame, moment: list[str]) -> pl.DataFrame:
    """The moments whose order has to be stored: rows are not in order of kind and item.

    Whether rows of others stand in between makes no difference, so that a part of whole
    users has the numbers that all events have.
    """
    kinds = len(events) > 0 and bool((events["kind"] != events["kind"][0]).any())
    backward, starts = _looked_through(events, moment, kinds=kinds)
    apart = starts.filter(pl.struct(moment).hash().is_duplicated()).unique()
    if apart.is_empty():
        return backward.unique()
    some = events.filter(pl.col("time").is_in(apart["time"].unique().implode()))
    rows = some.join(apart, on=moment, how="semi", maintain_order="left")
    together = rows.sort(moment, maintain_order=True)
    return pl.concat(
        [backward, _looked_through(together, moment, kinds=kinds)[0]]
    ).unique()


def _looked_through(
    events: pl.DataFrame, moment: list[str], *, kinds: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The moments with a row that belongs before the row above it; and those of rows
    above which another moment stands."""
    follows = events.select(_follows(moment)).to_series()
    backward = events.select(_backward(kinds=kinds)).to_series() & follows
    moments = events.select(moment)
    return moments.filter(backward), moments.filter(~follows)


def after_stored(
    new: pl.DataFrame, load: pl.DataFrame, stored: pl.DataFrame
) -> pl.DataFrame:
    """The `new` events of a load, with each `arrival` after those of earlier loads.

    new      events of this load that the store does not have
    load     all events of this load
    stored   the events that the store has

    All three have `arrival` and the columns `EVENT`, with ids or node numbers. Events
    both in `stored` and in `load` do not count as earlier: an interrupted load of the
    same rows has written them.
    """
    moments = new.select(_MOMENT).unique()
    earlier = stored.join(moments, on=_MOMENT, how="semi")
    earlier = earlier.join(load.select(EVENT), on=EVENT, how="anti")
    if earlier.is_empty():
        return new
    first = earlier.group_by(_MOMENT).agg(_first=pl.col(ARRIVAL).max() + 1)
    joined = new.join(first, on=_MOMENT, how="left", maintain_order="left")
    moved = pl.col(ARRIVAL) + pl.col("_first").fill_null(0)
    return joined.with_columns(moved.alias(ARRIVAL)).drop("_first")


def shortlex(ids: pl.Series) -> IntArray:
    """The rank (n,) of each id when shorter ids come first: 9 before 10."""
    order = pl.DataFrame({"id": ids}).select(
        pl.arg_sort_by(pl.col("id").str.len_bytes(), "id")
    )
    place = np.empty(len(ids), np.int64)
    place[order.to_series().to_numpy()] = np.arange(len(ids))
    return place


def in_order(events: Events, place: IntArray) -> Events:
    """The events sorted by user, time, arrival and the `place` (I,) of their item.

    `millis` or `arrival` becomes None where it is 0 throughout.
    """
    finer = {name: getattr(events, name) for name in (MILLIS, ARRIVAL)}
    finer = {n: c for n, c in finer.items() if c is not None and c.any()}
    said = replace(events, millis=finer.get(MILLIS), arrival=finer.get(ARRIVAL))
    keys = events.user, events.time, *finer.values(), place[events.item]
    return said.taken(_order(keys))


def _order(keys: Sequence[IntArray]) -> IntArray:
    """The order (n,) of the rows when sorted by the first key, then the next.

    Where the keys fit into one number, sorting by it takes a tenth of the time, as
    stores return events in long stretches of one user.
    """
    if not len(keys[0]):
        return np.empty(0, np.int64)
    ends = [(int(key.min()), int(key.max())) for key in keys]
    sizes = [last - first + 1 for first, last in ends]
    if math.prod(sizes) >= 2**63:
        frame = pl.DataFrame({str(n): key for n, key in enumerate(keys)})
        order = frame.select(pl.arg_sort_by(*frame.columns)).to_series()
        return order.to_numpy().astype(np.int64)
    one = np.zeros(len(keys[0]), np.int64)
    for key, (first, _), size in zip(keys, ends, sizes, strict=True):
        one = one * size + (key - first)
    return np.argsort(one, kind="stable")


def _follows(moment: list[str]) -> pl.Expr:
    """Whether the row above is of the same moment."""
    same = (pl.col(c) == pl.col(c).shift() for c in moment)
    return pl.all_horizontal(*same).fill_null(value=False)


def _backward(*, kinds: bool) -> pl.Expr:
    """Whether a row belongs before the row above it, in order of kind and item."""
    item, above = pl.col("item"), pl.col("item").shift()
    length, longer = item.str.len_bytes(), above.str.len_bytes()
    less = (length < longer) | ((length == longer) & (item < above))
    if not kinds:
        return less
    names = dict(zip(EVENT_KINDS, range(len(EVENT_KINDS)), strict=True))
    kind = pl.col("kind").replace_strict(names, default=9, return_dtype=pl.Int64)
    return (kind < kind.shift()) | ((kind == kind.shift()) & less)
