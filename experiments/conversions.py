"""Which of the items that a person was shown they took within a window."""

from __future__ import annotations

import polars as pl

PER_USER = pl.Schema(
    {"user": pl.String, "group": pl.String, "shown": pl.Int64, "taken": pl.Int64}
)


def per_user(shown: pl.DataFrame, events: pl.DataFrame, window: float) -> pl.DataFrame:
    """Each person of an experiment: how many items they were shown, and took.

    shown    as `GraphStore.shown` gives it
    events   user, item, time: what counts as taken
    window   seconds after an item was shown in which its event has to come

    An item counts once for a person, however often it was shown, and is taken where an
    event comes within the window after one of the times, or cites the answer. Columns
    are `PER_USER`.
    """
    taken = (
        shown.select("user", "item", "at")
        .join(events.select("user", "item", "time"), on=["user", "item"])
        .filter(
            (pl.col("time") >= pl.col("at")) & (pl.col("time") <= pl.col("at") + window)
        )
        .select("user", "item")
    )
    cited = shown.filter(pl.col("takenAt").is_not_null()).select("user", "item")
    both = pl.concat([taken, cited]).unique().with_columns(taken=pl.lit(1, pl.Int64))
    return (
        shown.unique(["user", "item"], keep="first", maintain_order=True)
        .join(both, on=["user", "item"], how="left", maintain_order="left")
        .group_by("user", "group", maintain_order=True)
        .agg(
            shown=pl.len().cast(pl.Int64),
            taken=pl.col("taken").fill_null(0).sum(),
        )
        .select(*PER_USER)
    )
