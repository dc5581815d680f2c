"""The trees over what the blend offers: their features, what they learn, and serving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation import Scores, Split, evaluate, time_split
from basketweave.graph.subgraph import Edges, Events, Subgraph
from basketweave.ranking.new_item_ranker import NewItemRanker, NewItemRankerConfig
from basketweave.ranking.pair_tables import PairTables
from basketweave.serving.offline import BlendScores, Sources
from basketweave.serving.pipeline import fitted
from basketweave.serving.settings import BlendSettings

DAY = 86_400
Windows = list[tuple[Sources, Split]]
SMALL = NewItemRankerConfig(trees=40, least=20)


def subgraph(rows: list[tuple[int, int, float]], n: tuple[int, int]) -> Subgraph:
    """(user, item, day) as purchases; even items are of category 0, odd ones of 1."""
    user, item, day = (np.array(column) for column in zip(*rows, strict=True))
    order = np.lexsort((day, user))
    time = (day * DAY).astype(np.int64)[order]
    events = Events(user[order], item[order], time, np.ones(len(rows), np.float32))
    ids = {
        "User": pl.Series([f"u{k}" for k in range(n[0])]),
        "Item": pl.Series([f"i{k}" for k in range(n[1])]),
        "Category": pl.Series(["even", "odd"]),
    }
    index = np.array([np.arange(n[1]), np.arange(n[1]) % 2])
    edges = {("Item", "IN_CATEGORY", "Category"): Edges(index)}
    return Subgraph(ids=ids, events={"PURCHASED": events}, edges=edges)


def launches(weeks: int = 24) -> Subgraph:
    """Each week two items appear, one of a category; people take those of their own.

    So what somebody will take up is of their category and was launched of late.
    """
    rng = np.random.default_rng(0)
    rows = []
    for user in range(200):
        for week in range(weeks):
            item = 2 * week + user % 2
            day = 7.0 * week + 21 * rng.random()
            rows.append((user, item, day))
    return subgraph(rows, (200, 2 * weeks + 1))


@pytest.fixture(scope="module")
def windows() -> Windows:
    out, later = [], launches()
    for _ in range(4):
        split = time_split(later, days=14)
        out.append((fitted(split, [], BlendSettings()).sources, split))
        later = split.train
    return out


def test_what_is_known_of_a_pair_by_hand() -> None:
    rows = [(0, 0, 0.0), (0, 0, 10.0), (0, 2, 16.0), (0, 1, 16.0), (1, 0, 2.0)]
    graph = replace(subgraph(rows, (2, 4)), as_of=20 * DAY)
    tables = PairTables.of(graph, "PURCHASED")
    asked = pl.DataFrame({"user": [0, 1, 1], "item": [0, 1, 3]})
    first, second, third = tables.join(asked).rows(named=True)
    assert (first["buyers7"], first["buyers28"], first["sold"]) == (0, 2, 10)
    assert (first["launched"], first["often"], first["new28"]) == (20, 1.5, 2)
    assert first["trend"] == pytest.approx(3 / 1.5)
    assert (first["baskets"], first["items"], first["tried28"]) == (3, 3, 3)
    assert (first["category_n"], first["category_items"]) == (3, 2)
    assert first["category_d30"] == pytest.approx(
        0.5 ** (20 / 30) + 0.5 ** (10 / 30) + 0.5 ** (4 / 30)
    )
    assert (first["category_last"], first["category_tried56"]) == (4, 2)
    assert (first["category_sold28"], first["category_new28"]) == (4, 3)
    assert first["of_category"] == pytest.approx(2 / 4)
    assert first["brand_n"] is None  # there are no brands here
    assert second["category_n"] is None  # nothing odd was bought by them
    assert (second["baskets"], second["category_sold28"]) == (1, 1)
    assert third["buyers7"] is None  # never bought by anyone


def test_the_trees_learn_what_is_taken_up(windows: Windows) -> None:
    (now, asked), *earlier = windows
    ranker = NewItemRanker(SMALL).fit(earlier).refresh(now, asked.train)
    popular = BlendScores(now, {"popularity": 1.0}, "new")
    models: dict[str, Scores] = {"trees": ranker, "popularity": popular}
    report = evaluate(models, asked, ks=(1,), known="new")
    assert report.value("trees") > report.value("popularity") + 0.2
    again = NewItemRanker(SMALL).fit(earlier).refresh(now, asked.train)
    users = asked.users[:5]
    np.testing.assert_array_equal(ranker.score(users), again.score(users))


def test_pairs_score_as_they_do_in_a_full_ranking(windows: Windows) -> None:
    (now, asked), *earlier = windows
    ranker = NewItemRanker(SMALL).fit(earlier).refresh(now, asked.train)
    user = asked.users[:1]
    whole = ranker.score(user)[0]
    offered = np.flatnonzero(np.isfinite(whole))
    np.testing.assert_allclose(
        ranker.score_pairs(user, offered[None])[0], whole[offered], rtol=1e-6
    )


def test_features_can_be_left_out(windows: Windows) -> None:
    config = NewItemRankerConfig(trees=2, without=("category", "graph"))
    names = NewItemRanker(config).fit(windows[1:2]).names
    assert "popularity" in names
    assert "of_category" in names
    assert "brand_n" not in names  # known of nobody here
    assert not [n for n in names if n.startswith(("category", "graph"))]


def test_a_ranker_that_is_not_ready_says_what_to_call(windows: Windows) -> None:
    with pytest.raises(UsageError, match=r"fit\(windows\), then refresh"):
        NewItemRanker().score(np.array([0]))
    sources, split = windows[0]
    silent = replace(
        sources, walk=sources.walk * 0, popularity=sources.popularity * 0, _kept={}
    )
    with pytest.raises(TrainingError, match="Nothing new"):
        NewItemRanker(SMALL).fit([(silent, split)])
