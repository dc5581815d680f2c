"""Learning the blend's weights for what is live: the walk is chosen with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.blend.settings import BlendSettings
from basketweave.choosing import for_store as module
from basketweave.choosing.for_store import WALKS, weigh
from basketweave.evaluation import Split, time_split
from basketweave.graph import connect
from basketweave.graph.subgraph import Events
from basketweave.graph.tables import Tables

NOWHERE = BlendSettings(co_purchased=0, followed_by=0)


@pytest.fixture
def split(tmp_path: Path) -> Split:
    """60 people who buy one item a day, the next one by its number or any; 3 days."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(60):
        item = int(rng.integers(40))
        for day in range(12):
            item = (item + 1) % 40 if rng.random() < 0.7 else int(rng.integers(40))
            rows.append((f"u{user}", f"i{item}", (day + 1) * 86_400))
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    items = [f"i{item}" for item in range(40)]
    tables = Tables(
        "steps",
        users=pl.DataFrame({"id": [f"u{user}" for user in range(60)]}),
        items=pl.DataFrame({"id": items, "title": items}),
        events=events.with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(1.0)),
    )
    with connect(tmp_path / "steps.lbug") as store:
        store.load(tables)
        return time_split(store.export(), days=3)


def test_the_walk_that_ranks_best_is_kept(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = {}
    for walk in (*WALKS, NOWHERE):
        monkeypatch.setattr(module, "WALKS", (walk,))
        alone[walk] = weigh(split, [], ["new"])["new"][1].ndcg
    assert alone[NOWHERE] < max(alone.values())
    for order in ((NOWHERE, *WALKS), (*WALKS, NOWHERE)):
        monkeypatch.setattr(module, "WALKS", order)
        walk, learned = weigh(split, [], ["new"])["new"]
        assert learned.ndcg == max(alone.values())
        assert alone[walk] == learned.ndcg


def test_what_a_view_counts_is_learned_where_views_come_before(split: Split) -> None:
    bought = split.train.events["PURCHASED"]
    asked = split.truth.tocoo()
    viewed = Events(
        np.append(bought.user, split.users[asked.row]),
        np.append(bought.item, asked.col),
        np.append(bought.time - 60, np.full(asked.nnz, bought.time.max())),
        np.full(len(bought) + asked.nnz, np.nan, np.float32),
    )
    order = np.lexsort((viewed.time, viewed.user))
    events = {**split.train.events, "VIEWED": viewed.taken(order)}
    seen = replace(split, train=replace(split.train, events=events))
    without = weigh(split, [], ["new"])["new"][1]
    assert without.weights.get("repeat", 0) == 0
    settings, learned = weigh(seen, [], ["new"])["new"]
    assert learned.ndcg > without.ndcg
    assert learned.weights["repeat"] > 0
    assert settings.counts(seen.train.counts).weights["VIEWED"] > 0
