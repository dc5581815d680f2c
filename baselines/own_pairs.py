"""What is known of each pair of a person and an item they had, as numbers."""

from __future__ import annotations

import numpy as np
import polars as pl

from basketweave.blend.repeat import history
from basketweave.blend.settings import BlendSettings
from basketweave.graph.derive.rebuy import rebuy
from basketweave.graph.schema import CATEGORY, IN_CATEGORY, ITEM, PURCHASED
from basketweave.graph.subgraph import Subgraph
from basketweave.moments import DAY

HALF_LIVES = (7, 20, 80, 320)
WINDOWS = (7, 28, 56, 112)

Age = pl.col("age")


def own_pairs(
    subgraph: Subgraph, as_of: int, kind: str = PURCHASED
) -> tuple[pl.DataFrame, list[str]]:
    """A row for each pair with an event until `as_of`, sorted by user and item, and
    the names of its features; ages are in days.

    Of the pair: decayed counts, counts in windows, first and last, the gaps between
    (mean, last, spread), what is overdue, the mean value, and the blend's `repeat`.
    Of the person: baskets. Of the item: buyers, how often they buy, its trend, how
    readily it is bought again. Of the category: the person's habit in it.
    """
    now = subgraph.until(as_of)
    events = now.events[kind]
    log = pl.DataFrame(
        {
            "user": events.user,
            "item": events.item,
            "age": (as_of - events.time) / DAY,
            "value": np.nan_to_num(events.value, nan=1.0),
        }
    ).join(_category(now), on="item", how="left", maintain_order="left")
    pairs = (
        _of_pairs(log)
        .join(_of_people(log), on="user")
        .join(_of_items(log), on="item")
        .join(_of_habits(log), on=["user", "category"], how="left", nulls_equal=True)
        .sort("user", "item")
    )
    rates = rebuy(events, now.n(ITEM))
    blend = history(events, rates, as_of, BlendSettings())  # sorted as `pairs` are
    pairs = pairs.with_columns(
        repeat=pl.Series(blend.repeat), rebuy=rates[pairs["item"].to_numpy()]
    ).with_columns(**_ratios())
    names = [n for n in pairs.columns if n not in ("user", "item", "category")]
    return pairs.with_columns(pl.col(names).cast(pl.Float32)), names


def _category(subgraph: Subgraph) -> pl.DataFrame:
    """`item` and its first own `category`."""
    found = subgraph.edges.get((ITEM, IN_CATEGORY, CATEGORY))
    index = np.zeros((2, 0), np.int64) if found is None else found.index
    table = pl.DataFrame({"item": index[0], "category": index[1]})
    return table.unique("item", keep="first", maintain_order=True)


def _decayed(days: float) -> pl.Expr:
    return (0.5 ** (Age / days)).sum()


def _of_pairs(log: pl.DataFrame) -> pl.DataFrame:
    pair = pl.struct("user", "item")
    rows = log.sort("user", "item", "age", descending=[False, False, True])
    gaps = rows.with_columns(gap=pl.when(pair == pair.shift()).then(-Age.diff()))
    gap = pl.col("gap")
    return gaps.group_by("user", "item", maintain_order=True).agg(
        pl.col("category").first(),
        n=pl.len(),
        last=Age.min(),
        first=Age.max(),
        value=pl.col("value").mean(),
        gap_last=gap.last(),
        gap_std=gap.std(),
        **{f"d{days}": _decayed(days) for days in HALF_LIVES},
        **{f"n{days}": (Age <= days).sum() for days in WINDOWS},
    )


def _of_people(log: pl.DataFrame) -> pl.DataFrame:
    """Their baskets: moments at which they bought."""
    baskets = log.select("user", "age").unique()
    return baskets.group_by("user").agg(
        baskets=pl.len(),
        baskets28=(Age <= 28).sum(),
        baskets112=(Age <= 112).sum(),
        seen=Age.min(),
    )


def _of_items(log: pl.DataFrame) -> pl.DataFrame:
    def buyers(days: float) -> pl.Expr:
        return pl.col("user").filter(Age <= days).n_unique()

    return log.group_by("item").agg(
        buyers=pl.col("user").n_unique(),
        often=pl.len() / pl.col("user").n_unique(),
        sold=Age.min(),
        **{f"buyers{days}": buyers(days) for days in (7, 28, 112)},
    )


def _of_habits(log: pl.DataFrame) -> pl.DataFrame:
    return log.group_by("user", "category").agg(
        habit=pl.len(),
        habit80=_decayed(80),
        habit28=(Age <= 28).sum(),
        habit_last=Age.min(),
    )


def _ratios() -> dict[str, pl.Expr]:
    gap = (pl.col("first") - pl.col("last")) / (pl.col("n") - 1).clip(1)
    return {
        "gap": gap,
        "due": pl.col("last") / (gap + 7),
        "due_last": pl.col("last") / (pl.col("gap_last") + 7),
        "share": pl.col("n") / pl.col("baskets"),
        "share80": pl.col("d80") / pl.col("baskets"),
        "share28": pl.col("n28") / (pl.col("baskets28") + 1),
        "share112": pl.col("n112") / (pl.col("baskets112") + 1),
        "of_habit": pl.col("d80") / pl.col("habit80"),
        "trend": (pl.col("buyers28") + 1) / (pl.col("buyers112") / 4 + 1),
    }
