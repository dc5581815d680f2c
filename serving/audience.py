"""Whom an item suits, which categories come next, what stands in the same baskets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from basketweave.graph.reads import NEAREST
from basketweave.graph.store import GraphStore
from basketweave.graph.vectors import ModelVersion
from basketweave.queries.question import embedded, question
from basketweave.serving.recommendation import ItemId, Recommendation

AROUND = 10_000
"""How many candidates each source gives, at most: beyond them a value counts as 0."""


@dataclass(frozen=True)
class Suited:
    """A person whom an item suits: the mean of two values, each from 0 to 1.

    walked   how strongly what they had leads to the item
    cosine   of their vector and the item's; 0 where there are none
    """

    user: ItemId
    score: float
    walked: float
    cosine: float


@dataclass(frozen=True)
class NextCategory:
    """A category that a person may buy from next.

    score   its share of the scores of what is recommended to them
    items   the best of it
    """

    id: str
    name: str | None
    score: float
    items: tuple[Recommendation, ...] = field(default=())


@dataclass(frozen=True)
class Together:
    """An item that stands in the same baskets as another one.

    support   baskets with both
    lift      how many times more those are than by chance
    """

    item: ItemId
    title: str
    support: int
    lift: float
    weight: float


def suited(
    store: GraphStore, live: ModelVersion | None, item: str, k: int
) -> pl.DataFrame:
    """`id`, `walked`, `cosine` and `score` of the `k` users whom an item suits best.

    Nobody who had the item is among them. Candidates are the users whose purchases lead
    to it most, and those whose vectors are nearest.
    """
    led = store.led_users(item, AROUND + k)
    near = pl.DataFrame(schema=NEAREST)
    if live is not None:
        near = store.nearest_users(live.card.name, item, AROUND + k)
    had = store.buyers(item)
    both = led.join(near, on="id", how="full", coalesce=True).fill_null(0)
    return (
        both.filter(~pl.col("id").is_in(had))
        .with_columns(score=(_share("walked") + _share("cosine")) / 2)
        .sort(["score", "id"], descending=[True, False])
        .head(k)
    )


def _share(name: str) -> pl.Expr:
    """A column as a share of its largest value; what is below 0 counts as 0."""
    return (pl.col(name) / pl.max_horizontal(pl.col(name).max(), 1e-12)).clip(0)


def next_categories(
    store: GraphStore, found: Sequence[Recommendation], k: int
) -> list[NextCategory]:
    """The `k` categories that have the largest shares in a list of recommendations."""
    by_item = {str(one.item): one for one in found}
    rows = store.groups_of(by_item).rows(named=True)
    whole = sum(one.score for one in found) or 1.0
    names = {row["id"]: row["name"] for row in rows}
    groups: dict[str, list[Recommendation]] = {}
    for row in rows:
        groups.setdefault(row["id"], []).append(by_item[row["item"]])
    out = [
        NextCategory(
            group,
            names[group],
            sum(one.score for one in items) / whole,
            tuple(sorted(items, key=lambda one: -one.score)[:3]),
        )
        for group, items in groups.items()
    ]
    return sorted(out, key=lambda one: (-one.score, one.id))[:k]


def bought_together(store: GraphStore, item: str, k: int) -> list[dict[str, Any]]:
    """What `queries/bought_together.cypher` says of an item."""
    asked = question("bought_together")
    if store.dialect == "ladybug":
        asked = embedded("bought_together") or asked
    rows = store.run(asked.statement, {"item": item, "k": k})
    return rows.drop_nulls("id").to_dicts()
