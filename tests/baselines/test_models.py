"""Each baseline against its formula, worked by hand or computed the long way."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp

from basketweave.baselines import (
    ALS,
    BASELINES,
    BPR,
    EASE,
    ALSConfig,
    BPRConfig,
    EASEConfig,
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
    choose,
)
from basketweave.baselines.ease import Dual, Primal
from basketweave.errors import UsageError
from basketweave.evaluation import time_split
from basketweave.graph.subgraph import Events, Subgraph

DAY = 86_400


def graph(rows: list[tuple[int, int, int]], shape: tuple[int, int]) -> Subgraph:
    """Purchases as (user, item, day) rows."""
    user, item, day = np.array(sorted(rows, key=lambda r: (r[0], r[2])), np.int64).T
    value = np.full(len(user), np.nan, np.float32)
    ids = {
        "User": pl.Series([f"u{n}" for n in range(shape[0])]),
        "Item": pl.Series([f"i{n}" for n in range(shape[1])]),
    }
    return Subgraph(ids, {"PURCHASED": Events(user, item, day * DAY, value)})


def random_graph(n_users: int, n_items: int, seed: int = 0) -> Subgraph:
    rng = np.random.default_rng(seed)
    rows = [
        (u, int(i), int(rng.integers(1, 60)))
        for u in range(n_users)
        for i in rng.choice(n_items, 6)
    ]
    return graph(rows, (n_users, n_items))


WEEKLY = graph([(0, 0, 1), (0, 0, 2), (0, 0, 40), (1, 1, 41), (2, 1, 3)], (3, 3))


def test_popularity_counts_users_or_events() -> None:
    nobody = np.array([0])
    users = Popularity().fit(WEEKLY).score(nobody)
    events = Popularity(PopularityConfig(count="events")).fit(WEEKLY).score(nobody)
    assert users.tolist() == [[1, 2, 0]]
    assert events.tolist() == [[3, 2, 0]]


def test_recent_popularity_counts_the_last_days_before_the_bound() -> None:
    recent = RecentPopularity(RecentPopularityConfig(days=28))
    assert recent.fit(WEEKLY).score(np.array([2])).tolist() == [[1, 1, 0]]
    earlier = recent.fit(WEEKLY.until(30 * DAY)).score(np.array([2]))
    assert earlier.tolist() == [[1, 1, 0]]
    week = RecentPopularity(RecentPopularityConfig(days=0.5))
    assert week.fit(WEEKLY).score(np.array([2])).tolist() == [[0, 1, 0]]


def test_own_frequency_fades_by_half_after_each_half_life() -> None:
    subgraph = graph([(0, 0, 0), (0, 0, 10), (0, 1, 20), (1, 2, 20)], (2, 3))
    faded = OwnFrequency(OwnFrequencyConfig(half_life_days=10)).fit(subgraph)
    assert faded.score(np.array([0])).tolist() == [[0.25 + 0.5, 1, 0]]
    forever = OwnFrequency(OwnFrequencyConfig(half_life_days=None)).fit(subgraph)
    assert forever.score(np.array([0])).tolist() == [[2, 1, 0]]


def test_item_knn_sums_shrunk_cosines_of_the_nearest_items() -> None:
    subgraph = random_graph(30, 12)
    x = (subgraph.interactions().toarray() > 0).astype(float)
    norms = np.sqrt(x.sum(axis=0))
    similar = (x.T @ x) / (np.outer(norms, norms) + 5)
    np.fill_diagonal(similar, 0)
    for k in (12, 3):
        kept = np.sort(similar, axis=1)[:, -k:].min(axis=1, keepdims=True)
        model = ItemKNN(ItemKNNConfig(neighbours=k, shrink=5)).fit(subgraph)
        found = model.score(np.arange(30))
        if k == 12:
            assert np.allclose(found, x @ similar, atol=1e-5)
        else:
            assert (found <= x @ np.where(similar >= kept, similar, 0) + 1e-5).all()
            assert (found >= x @ np.where(similar > kept, similar, 0) - 1e-5).all()


def test_item_knn_gives_an_item_with_few_users_no_neighbours() -> None:
    subgraph = graph([(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1)], (3, 3))
    model = ItemKNN(ItemKNNConfig(min_users=2, shrink=0)).fit(subgraph)
    assert model.score(np.array([0])) == pytest.approx(np.array([[0, 0, 0.5]]))


def test_item_knn_is_the_same_however_many_items_are_taken_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subgraph, users = random_graph(30, 12), np.arange(30)
    whole = ItemKNN().fit(subgraph).score(users)
    monkeypatch.setattr("basketweave.baselines.item_knn.ITEMS_AT_ONCE", 5)
    assert np.allclose(ItemKNN().fit(subgraph).score(users), whole)


def test_rp3beta_is_a_walk_over_users_divided_by_popularity() -> None:
    # u0 has a and b, u1 b and c, u2 b: from a the walk reaches b by u0 alone, with
    # 1 * 1/2, and b has three users; from c it does so by u1.
    subgraph = graph([(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 2, 1), (2, 1, 1)], (3, 3))
    found = RP3beta(RP3betaConfig(beta=0.5)).fit(subgraph).score(np.arange(3))
    to_b, to_a = 1 / 2 / 3**0.5, 1 / 3 / 2
    expected = [[to_a, to_b, to_a], [to_a, to_b, to_a], [to_a, 0, to_a]]
    assert found == pytest.approx(np.array(expected), abs=1e-6)


def test_rp3beta_is_its_dense_formula() -> None:
    x = (random_graph(30, 12).interactions().toarray() > 0).astype(float)
    to_item = (x / x.sum(axis=1, keepdims=True)) ** 0.7
    to_user = np.where(x > 0, 1 / x.sum(axis=0), 0).T ** 0.7
    walk = to_user @ to_item / x.sum(axis=0) ** 0.4
    np.fill_diagonal(walk, 0)
    model = RP3beta(RP3betaConfig(alpha=0.7, beta=0.4)).fit(random_graph(30, 12))
    assert model.score(np.arange(30)) == pytest.approx(x @ walk, abs=1e-5)


CLICKS = graph(
    [(0, 0, 1), (0, 1, 2), (0, 0, 3), (0, 2, 4), (1, 0, 1), (1, 1, 2), (2, 1, 1)],
    (3, 3),
)
"""a b a c, a b, b: after a came b twice and c once, after b came a once."""


def test_a_markov_chain_tells_what_followed_the_last_item() -> None:
    model = Markov().fit(CLICKS)
    found = model.score_histories([np.array([2, 0]), np.array([1]), np.array([2])])
    expected = [[0, 2 / 3, 1 / 3], [1, 0, 0], [0, 0, 0]]
    assert found == pytest.approx(np.array(expected))
    assert model.score(np.array([2])) == pytest.approx(found[1:2])


def test_a_markov_chain_can_look_further_back_and_ahead() -> None:
    far = MarkovConfig(gap=2, last=2, decay=0.5)
    found = Markov(far).fit(CLICKS).score_histories([np.array([0, 1])])
    # Two steps on counts half: a -> a, and b -> c.
    after_a, after_b = np.array([0.5, 2, 1]) / 3.5, np.array([1, 0, 0.5]) / 1.5
    assert found[0] == pytest.approx(after_b + 0.5 * after_a)
    other = far.model_copy(update={"itself": False})
    found = Markov(other).fit(CLICKS).score_histories([np.array([0])])
    assert found[0] == pytest.approx(np.array([0, 2, 1]) / 3)


def test_a_markov_chain_forgets_what_stands_before_its_last_items() -> None:
    found = Markov().fit(CLICKS).score_histories([np.array([0, 1]), np.array([1])])
    assert found[0].tolist() == found[1].tolist() == [1, 0, 0]


def test_a_markov_chain_may_count_a_share_of_each_step_backwards() -> None:
    model = Markov(MarkovConfig(backward=0.5)).fit(CLICKS)
    found = model.score_histories([np.array([n]) for n in range(3)])
    # a -> b twice, a -> c and b -> a once: half of each the other way round
    expected = [[0, 2.5 / 3.5, 1 / 3.5], [1, 0, 0], [1, 0, 0]]
    assert found == pytest.approx(np.array(expected))


@pytest.mark.parametrize("shape", [(30, 12), (12, 30)])
def test_ease_is_steck_s_closed_form(shape: tuple[int, int]) -> None:
    subgraph = random_graph(*shape)
    x = (subgraph.interactions().toarray() > 0).astype(float)
    inverse = np.linalg.inv(x.T @ x + 2 * np.eye(shape[1]))
    weights = np.eye(shape[1]) - inverse / np.diag(inverse)
    model = EASE(EASEConfig(regularization=2)).fit(subgraph)
    sold = x.any(axis=0)
    found = model.score(np.arange(shape[0]))
    assert np.allclose(found[:, sold], (x @ weights)[:, sold], atol=1e-4)


def test_ease_in_the_users_gives_the_scores_of_ease_in_the_items() -> None:
    x = sp.csr_array((random_graph(20, 25).interactions() > 0).astype(np.float32))
    new = sp.csr_array((random_graph(9, 25, seed=1).interactions() > 0).astype("f4"))
    for histories in (x, new):
        one, other = (form(x, 3.0).score(histories) for form in (Primal, Dual))
        assert np.allclose(one, other, atol=1e-4)


def test_ease_on_a_large_catalogue_ranks_the_items_it_left_out_last() -> None:
    subgraph = random_graph(30, 20)
    model = EASE(EASEConfig(regularization=2, max_side=8)).fit(subgraph)
    users = np.bincount((subgraph.interactions() > 0).nonzero()[1], minlength=20)
    rare = np.argsort(-users, kind="stable")[8:]
    scores = model.score(np.arange(30))
    assert (scores[:, rare] == scores.min(axis=1, keepdims=True)).all()
    assert np.ptp(scores, axis=1).min() > 0


def test_als_solves_a_users_vector_from_the_history() -> None:
    subgraph = random_graph(30, 12)
    alpha, regularization = 3.0, 0.5
    config = ALSConfig(factors=4, alpha=alpha, regularization=regularization, threads=1)
    model = ALS(config).fit(subgraph)
    y = model._model.item_factors.astype(float)
    counts = subgraph.interactions().toarray()[0]
    confidence = np.where(counts > 0, alpha * counts, 1)  # implicit counts no 1 +
    left = y.T @ (confidence[:, None] * y) + regularization * np.eye(4)
    vector = np.linalg.solve(left, y.T @ (confidence * (counts > 0)))
    assert np.allclose(model.score(np.array([0]))[0], y @ vector, atol=1e-3)


def test_bpr_ranks_what_users_bought_above_the_rest() -> None:
    subgraph = random_graph(40, 30)
    bought = subgraph.interactions().toarray() > 0
    scores = BPR(BPRConfig(factors=8)).fit(subgraph).score(np.arange(40))
    above = [
        np.mean(s[b][:, None] > s[~b]) for s, b in zip(scores, bought, strict=True)
    ]
    assert np.mean(above) > 0.9


def test_choose_takes_the_config_that_does_best_on_validation() -> None:
    rows = [(u, u, day) for u in range(4) for day in (1, 2, 30)]
    subgraph = graph([*rows, *[(u, 3, 1) for u in range(3)]], (4, 4))
    configs = [PopularityConfig(), OwnFrequencyConfig(half_life_days=None)]
    choice = choose(configs, time_split(subgraph, days=5), "NDCG@1")
    assert choice.config == configs[1]
    assert [config for config, _ in choice.tried] == configs
    assert choice.tried[1][1] == pytest.approx(1)


def test_choose_needs_something_to_choose_from() -> None:
    with pytest.raises(UsageError, match="at least one"):
        choose([], time_split(random_graph(5, 5)))


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
