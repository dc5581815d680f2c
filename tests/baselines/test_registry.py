"""One suite that every baseline must pass, on data small enough to read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from basketweave.baselines import (
    ALS,
    BASELINES,
    BPR,
    EASE,
    ALSConfig,
    Baseline,
    BPRConfig,
    ChebyFilter,
    ChebyFilterConfig,
    Config,
    EASEConfig,
    FlatFilter,
    FlatFilterConfig,
    GramFilter,
    GramFilterConfig,
    ItemKNN,
    ItemKNNConfig,
    Markov,
    MarkovConfig,
    OwnFrequency,
    OwnFrequencyConfig,
    Popularity,
    PopularityConfig,
    RecentPopularity,
    RecentPopularityConfig,
    RP3beta,
    RP3betaConfig,
    baseline,
)
from basketweave.errors import DataError, UsageError
from basketweave.evaluation import HistoryScores, evaluate, leave_one_out
from basketweave.graph.subgraph import Subgraph
from tests.graphs import events_graph

EVERY: list[Config] = [
    PopularityConfig(),
    PopularityConfig(count="events"),
    RecentPopularityConfig(),
    OwnFrequencyConfig(),
    OwnFrequencyConfig(half_life_days=None),
    ItemKNNConfig(neighbours=3),
    ItemKNNConfig(weighting="count", shrink=0),
    ItemKNNConfig(weighting="tfidf"),
    ItemKNNConfig(weighting="bm25"),
    RP3betaConfig(),
    RP3betaConfig(alpha=0.5, beta=0, neighbours=2),
    MarkovConfig(),
    MarkovConfig(gap=3, last=3, decay=0.5, itself=False),
    EASEConfig(regularization=1),
    EASEConfig(regularization=1, max_side=4),
    ALSConfig(factors=4, threads=1),
    BPRConfig(factors=4),
    GramFilterConfig(rank=2),
    FlatFilterConfig(rank=2),
    ChebyFilterConfig(rank=2),
]
HISTORY = [c for c in EVERY if isinstance(c.build(), HistoryScores)]
FAN, LONER, NOBODY = 0, 7, 8
"""Users: with items 0, 2 and 4; with item 5 alone; without events."""


def subgraph(kind: str = "PURCHASED") -> Subgraph:
    """User u < 7 bought item i < 6 where u + i is even, one a day; 6 is unsold.

    That is two tastes, {0, 2, 4} and {1, 3, 5}; each user of them but the last
    two has bought all three, user 5 lacks item 5 and user 6 item 4.
    """
    rows = [(u, i, 1 + i) for u in range(7) for i in range(6) if (u + i) % 2 == 0]
    rows = [r for r in rows if r[:2] not in {(5, 5), (6, 4)}] + [(LONER, 5, 3)]
    return events_graph(rows, 9, 7, kind=kind)


@pytest.fixture(params=EVERY, ids=repr)
def model(request: pytest.FixtureRequest) -> Baseline[Any]:
    config: Config = request.param
    return config.build().fit(subgraph())


def test_a_config_builds_the_model_that_it_configures(model: Baseline[Any]) -> None:
    assert model.config.build().config == model.config


def test_scores_are_a_finite_number_for_each_user_and_item(
    model: Baseline[Any],
) -> None:
    scores = model.score(np.arange(9))
    assert scores.shape == (9, 7)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_a_batch_gives_what_single_users_get(model: Baseline[Any]) -> None:
    users = np.array([3, NOBODY, 0, 3])
    alone = np.concatenate([model.score(users[n : n + 1]) for n in range(4)])
    assert np.allclose(model.score(users), alone, atol=1e-5)
    items, _ = model.recommend(users, 3)
    assert items[0].tolist() == items[3].tolist()


def test_no_users_get_no_scores(model: Baseline[Any]) -> None:
    assert model.score(np.zeros(0, np.int64)).shape == (0, 7)


def test_recommendations_are_the_best_scores_best_first(model: Baseline[Any]) -> None:
    users = np.arange(9)
    items, best = model.recommend(users, 4)
    scores = model.score(users)
    assert np.allclose(best, -np.sort(-scores, axis=1)[:, :4], atol=1e-5)
    assert np.allclose(np.take_along_axis(scores, items, axis=1), best, atol=1e-5)


def test_own_items_are_left_out_when_only_new_ones_are_asked_for(
    model: Baseline[Any],
) -> None:
    items, _ = model.recommend(np.array([FAN, LONER]), 7, known="new")
    assert set(items[0]) == {1, 3, 5, 6, -1}
    assert set(items[1]) == {0, 1, 2, 3, 4, 6, -1}


def test_nothing_but_own_items_is_offered_when_they_are_asked_for(
    model: Baseline[Any],
) -> None:
    items, best = model.recommend(np.array([FAN, NOBODY]), 4, known="again")
    assert set(items[0]) == {0, 2, 4, -1}
    assert set(items[1]) == {-1}
    assert best[:, 3].tolist() == [-np.inf, -np.inf]


def test_a_k_beyond_the_catalogue_gives_every_item_once(model: Baseline[Any]) -> None:
    items, best = model.recommend(np.array([FAN]), 50)
    assert items.shape == best.shape == (1, 50)
    assert sorted(items[0][:7]) == list(range(7))
    assert set(items[0][7:]) == {-1}


def test_a_user_without_a_history_gets_an_answer(model: Baseline[Any]) -> None:
    items, best = model.recommend(np.array([NOBODY]), 3)
    assert (items >= 0).all()
    if not isinstance(model, Popularity):
        assert len(set(best[0])) == 1


def test_equal_scores_stand_in_the_order_of_the_items(model: Baseline[Any]) -> None:
    for user in range(9):
        items, best = model.recommend(np.array([user]), 7)
        for n in range(6):
            assert best[0, n] > best[0, n + 1] or items[0, n] < items[0, n + 1]


def test_an_item_that_nobody_bought_is_never_the_best(model: Baseline[Any]) -> None:
    items, _ = model.recommend(np.arange(8), 1)
    assert 6 not in items


def test_fitting_again_gives_the_same_scores(model: Baseline[Any]) -> None:
    again = model.config.build().fit(subgraph())
    assert np.allclose(model.score(np.arange(9)), again.score(np.arange(9)), atol=1e-5)


def test_scoring_changes_nothing(model: Baseline[Any]) -> None:
    users = np.arange(9)
    first = model.score(users).copy()
    model.score(users)[:] = 7
    model.recommend(users, 2, known="new")
    assert np.allclose(model.score(users), first, atol=1e-6)


def test_a_model_that_was_not_fitted_says_so(model: Baseline[Any]) -> None:
    with pytest.raises(UsageError, match="fit"):
        model.config.build().score(np.array([0]))


def test_a_k_of_zero_is_refused(model: Baseline[Any]) -> None:
    with pytest.raises(UsageError, match="`k`"):
        model.recommend(np.array([0]), 0)


def test_a_kind_without_events_is_refused(model: Baseline[Any]) -> None:
    with pytest.raises(DataError, match="VIEWED"):
        model.config.build().fit(subgraph("VIEWED"))


def test_another_kind_of_event_is_learnt_from_when_asked_for(
    model: Baseline[Any],
) -> None:
    other = model.config.model_copy(update={"kind": "VIEWED"}).build()
    other.fit(subgraph("VIEWED"))
    assert np.allclose(model.score(np.arange(9)), other.score(np.arange(9)), atol=1e-5)


def test_the_evaluation_takes_it(model: Baseline[Any]) -> None:
    split = leave_one_out(subgraph())
    report = evaluate({"model": model.config.build()}, split, [3], fit=True)
    assert 0 <= report.value("model", "NDCG@3") <= 1


@pytest.mark.parametrize("config", HISTORY, ids=repr)
def test_a_history_is_scored_like_the_user_who_has_it(config: Config) -> None:
    model = config.build().fit(subgraph())
    assert isinstance(model, HistoryScores)
    given = model.score_histories([np.array([0, 2, 4]), np.zeros(0, np.int64)])
    assert np.allclose(given, model.score(np.array([FAN, NOBODY])), atol=1e-5)
    assert model.score_histories([]).shape == (0, 7)


@pytest.mark.parametrize(
    "model",
    [
        ItemKNN(ItemKNNConfig(neighbours=3)),
        RP3beta(RP3betaConfig(neighbours=3)),
        EASE(EASEConfig(regularization=1)),
        ALS(ALSConfig(factors=2, threads=1)),
        BPR(BPRConfig(factors=4)),
        GramFilter(GramFilterConfig(rank=2)),
        FlatFilter(FlatFilterConfig(rank=1)),  # of two tastes, one
        ChebyFilter(ChebyFilterConfig(rank=2)),
    ],
    ids=lambda m: type(m).__name__,
)
def test_a_personal_model_knows_which_taste_a_user_has(model: Baseline[Any]) -> None:
    items, _ = model.fit(subgraph()).recommend(np.array([5, 6]), 1, known="new")
    assert items.tolist() == [[5], [4]]


@pytest.mark.parametrize(
    "kind", [Popularity, RecentPopularity, OwnFrequency, RP3beta, Markov]
)
def test_a_model_needs_no_config(kind: type[Baseline[Any]]) -> None:
    assert kind().fit(subgraph()).score(np.array([0])).shape == (1, 7)  # type: ignore[call-arg]


def test_every_baseline_has_a_name() -> None:
    for name, config in BASELINES.items():
        assert baseline(name).config == config()


def test_a_name_or_a_setting_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match="item-knn"):
        baseline("item_knn")
    with pytest.raises(UsageError, match="neighbours"):
        baseline("item-knn", neighbors=5)
    with pytest.raises(UsageError, match="greater than 0"):
        baseline("ease", regularization=0)
