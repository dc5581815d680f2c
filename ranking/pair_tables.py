"""What is known of people, items and habits at one moment, as tables to join pairs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    SUBCATEGORY_OF,
)
from basketweave.graph.subgraph import Subgraph

DAY = 86_400.0
GROUPS = ("category", "above", "brand")
WINDOWS = (7, 28, 112)

Age, First = pl.col("age"), pl.col("first")


@dataclass(frozen=True)
class PairTables:
    """Features of (user, item) pairs as of the end of a subgraph; ages are in days.

    items    of each item: buyers and new buyers in windows, age, trend
    users    of each person: baskets, and how often they try something new
    habits   of each person in a category, the one above it, and a brand
    groups   of each of these: how often it is bought, and bought anew
    """

    items: pl.DataFrame
    users: pl.DataFrame
    habits: Mapping[str, pl.DataFrame]
    groups: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, subgraph: Subgraph, kind: str) -> PairTables:
        """From the events of `kind` in `subgraph`."""
        events = subgraph.events[kind]
        end = subgraph.as_of if subgraph.as_of is not None else events.time.max()
        age = (end - events.time) / DAY
        facts = _facts(subgraph)
        log = pl.DataFrame({"user": events.user, "item": events.item, "age": age})
        log = log.join(facts, on="item", how="left")
        first = log.group_by("user", "item").agg(first=Age.max())
        first = first.join(facts, on="item", how="left")
        return cls(
            facts.join(_of_items(log, first), on="item", how="left"),
            _of_users(log, first),
            {group: _habits(log, first, group) for group in GROUPS},
            {group: _of_groups(log, first, group) for group in GROUPS},
        )

    def join(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """`pairs` with columns user and item, and all that is known of them."""
        out = pairs.join(self.items, on="item", how="left", maintain_order="left")
        out = out.join(self.users, on="user", how="left", maintain_order="left")
        for group in GROUPS:
            habit, of_group = self.habits[group], self.groups[group]
            on = ["user", group]
            out = out.join(habit, on=on, how="left", maintain_order="left")
            out = out.join(of_group, on=group, how="left", maintain_order="left")
        return out.with_columns(
            category_share=pl.col("category_d120") / pl.col("baskets"),
            brand_share=pl.col("brand_d120") / pl.col("category_d120"),
            of_category=pl.col("new28") / (pl.col("category_new28") + 1),
        ).drop(GROUPS)


def _facts(subgraph: Subgraph) -> pl.DataFrame:
    """Each item's first category, the one above it, and its brand; null for none."""
    items = pl.DataFrame({"item": np.arange(subgraph.n(ITEM))})
    for left, kind, right, name in (
        (ITEM, IN_CATEGORY, CATEGORY, "category"),
        (CATEGORY, SUBCATEGORY_OF, CATEGORY, "above"),
        (ITEM, MADE_BY, BRAND, "brand"),
    ):
        found = subgraph.edges.get((left, kind, right))
        index = np.zeros((2, 0), np.int64) if found is None else found.index
        key = "item" if left == ITEM else "category"
        table = pl.DataFrame({key: index[0], name: index[1]})
        one = table.unique(key, keep="first", maintain_order=True)
        items = items.join(one, on=key, how="left", maintain_order="left")
    return items


def _of_items(log: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    def buyers(days: int) -> pl.Expr:
        return pl.col("user").filter(Age <= days).n_unique()

    people = pl.col("user").n_unique()
    sold = log.group_by("item").agg(
        **{f"buyers{days}": buyers(days) for days in WINDOWS},
        sold=Age.min(),
        launched=Age.max(),
        often=pl.len() / people,
    )
    tried = first.group_by("item").agg(
        **{f"new{days}": (First <= days).sum() for days in WINDOWS}
    )
    trend = (pl.col("new28") + 1) / (pl.col("new112") / 4 + 1)
    return sold.join(tried, on="item").with_columns(trend=trend)


def _of_users(log: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    baskets = log.group_by("user").agg(
        baskets=Age.n_unique(),
        baskets28=Age.filter(Age <= 28).n_unique(),
        seen=Age.min(),
        events=pl.len(),
    )
    tried = first.group_by("user").agg(
        items=pl.len(), tried28=(First <= 28).sum(), tried84=(First <= 84).sum()
    )
    return baskets.join(tried, on="user")


def _habits(log: pl.DataFrame, first: pl.DataFrame, group: str) -> pl.DataFrame:
    def decayed(days: float) -> pl.Expr:
        return (0.5 ** (Age / days)).sum()

    some = log.filter(pl.col(group).is_not_null()).group_by("user", group)
    habit = some.agg(
        **{
            f"{group}_n": pl.len(),
            f"{group}_d30": decayed(30),
            f"{group}_d120": decayed(120),
            f"{group}_last": Age.min(),
            f"{group}_items": pl.col("item").n_unique(),
        }
    )
    tried = first.group_by("user", group).agg(
        **{f"{group}_tried56": (First <= 56).sum()}
    )
    return habit.join(tried, on=["user", group])


def _of_groups(log: pl.DataFrame, first: pl.DataFrame, group: str) -> pl.DataFrame:
    sold = log.group_by(group).agg(**{f"{group}_sold28": (Age <= 28).sum()})
    tried = first.group_by(group).agg(**{f"{group}_new28": (First <= 28).sum()})
    return sold.join(tried, on=group)
