"""Which of the items that a person was shown they took within a window."""

from __future__ import annotations

import polars as pl

PER_USER = pl.Schema(
    {"user": pl.String, "group": pl.String, "shown": pl.Int64, "taken": pl.Int64}
)


def marked(shown: pl.DataFrame, events: pl.DataFrame, window: float) -> pl.DataFrame:
    """What was shown, with a column `taken`: 1 where the person took the item.

    shown    as `GraphStore.shown` gives it
    events   user, item, time: what counts as taken
    window   seconds after an item was shown in which its event has to come; an event that
             cites the answer may come later
    """
    rows = shown.with_row_index("row")
    taken = (
        rows.select("row", "user", "item", "at")
        .join(events.select("user", "item", "time"), on=["user", "item"])
        .filter(pl.col("time").is_between(pl.col("at"), pl.col("at") + window))
        .get_column("row")
        .unique()
    )
    within = pl.col("row").is_in(taken.implode())
    cited = pl.col("takenAt").is_not_null()
    return rows.with_columns(taken=(within | cited).cast(pl.Int64)).drop("row")


def per_user(shown: pl.DataFrame, events: pl.DataFrame, window: float) -> pl.DataFrame:
    """Each person of an experiment: how many items they were shown, and took.

    An item counts once for a person, however often it was shown. The arguments are those
    of `marked`; columns are `PER_USER`.
    """
    return (
        marked(shown, events, window)
        .group_by("user", "group", "item", maintain_order=True)
        .agg(pl.col("taken").max())
        .group_by("user", "group", maintain_order=True)
        .agg(shown=pl.len().cast(pl.Int64), taken=pl.col("taken").sum())
        .select(*PER_USER)
    )
