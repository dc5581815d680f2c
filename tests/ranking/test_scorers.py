"""NeuMF and Wide & Deep: what they learn, and that training can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from basketweave.errors import DataError, TrainingError, UsageError
from basketweave.evaluation.ratings import errors, rating_splits
from basketweave.graph.subgraph import Edges, Events, Subgraph
from basketweave.ranking import (
    FactorisationConfig,
    Features,
    MatrixFactorisation,
    ScorerConfig,
    scorer_config,
    train_scorer,
)
from basketweave.ranking.wide import Cross

QUICK = {"kind": "RATED", "epochs": 6, "learning_rate": 0.01, "batch": 64}


@pytest.fixture(scope="module")
def taste() -> Subgraph:
    """60 users rate 8 of 20 items: 5 stars for one of two categories, 2 for the other."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(60), 8)
    item = rng.permuted(np.tile(np.arange(20), (60, 1)), axis=1)[:, :8].ravel()
    stars = np.where(user % 2 == item % 2, 5, 2).astype(np.float32)
    time = rng.permutation(len(user))
    category = Edges(np.stack([np.arange(20), np.arange(20) % 2]).astype(np.int64))
    return Subgraph(
        ids={
            "User": pl.Series([f"u{n}" for n in range(60)]),
            "Item": pl.Series([f"i{n}" for n in range(20)]),
            "Category": pl.Series(["even", "odd"]),
        },
        events={"RATED": Events(user, item, time, stars)},
        edges={("Item", "IN_CATEGORY", "Category"): category},
    )


def people() -> pl.DataFrame:
    ids = [f"u{n}" for n in range(60)]
    return pl.DataFrame({"id": ids, "likes": [n % 2 for n in range(60)], "name": ids})


def test_features_are_ids_categories_with_their_parents_and_attributes() -> None:
    edges = {
        ("Item", "IN_CATEGORY", "Category"): Edges(np.array([[0, 1], [1, 0]])),
        ("Category", "SUBCATEGORY_OF", "Category"): Edges(np.array([[1], [0]])),
    }
    ids = {
        "User": pl.Series(["u0"]),
        "Item": pl.Series(["i0", "i1"]),
        "Category": pl.Series(["food", "fruit"]),
    }
    items = pl.DataFrame({"id": ["i0", "i1"], "size": ["big", "big"]})
    found = Features.of(Subgraph(ids=ids, events={}, edges=edges), items=items)
    assert [field.name for field in found.items] == ["id", "category"]  # one size: none
    category = found.items[1].values
    assert [sorted(row) for row in category.tolist()] == [[1, 2], [0, 1], [0, 0]]


def test_numbers_are_cut_into_bins_and_names_are_left_out() -> None:
    ids = [f"u{n}" for n in range(40)]
    graph = Subgraph(ids={"User": pl.Series(ids), "Item": pl.Series(["i"])}, events={})
    users = pl.DataFrame({"id": ids, "age": range(40), "name": ids})
    found = Features.of(graph, users)
    assert [(field.name, field.size) for field in found.users] == [
        ("id", 41),
        ("age", 9),
    ]
    with pytest.raises(DataError, match="id"):
        Features.of(graph, users.drop("id"))


def test_a_cross_has_a_row_for_each_pair_of_values_and_none_for_nothing() -> None:
    cross = Cross(3, 4, most=100)
    a, b = torch.tensor([[1], [2], [0]]), torch.tensor([[1, 3], [2, 0], [1, 2]])
    assert cross.rows(a, b).tolist() == [[6, 8], [11, 0], [0, 0]]
    hashed = Cross(1000, 1000, most=16).rows(torch.arange(1, 900)[:, None], a[:1])
    assert hashed.min() >= 1
    assert hashed.max() <= 16
    assert len(hashed.unique()) == 16


@pytest.mark.parametrize("loss", ["softmax", "bpr", "warp"])
def test_a_ranking_loss_puts_liked_items_before_others(
    taste: Subgraph, loss: str
) -> None:
    events = taste.events["RATED"]
    liked = {"RATED": events.where(events.value > 3)}
    graph = Subgraph(taste.ids, liked, taste.edges)
    config = scorer_config("wide-deep", loss=loss, **QUICK)
    found = train_scorer(graph, config, Features.of(graph, people()))
    scores = found.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()


def test_stars_follow_taste_also_for_who_never_rated(taste: Subgraph) -> None:
    events = taste.events["RATED"]
    some = Subgraph(taste.ids, {"RATED": events.where(events.user > 1)}, taste.edges)
    config = scorer_config("wide-deep", loss="rating", **{**QUICK, "epochs": 30})
    found = train_scorer(some, config, Features.of(some, people()))
    stars = found.predict(np.array([0, 0, -1]), np.array([0, 1, -1]))
    assert stars[0] > stars[1] + 1
    assert np.isfinite(stars[2])  # neither the user nor the item is known


def test_a_base_of_matrix_factorisation_is_added_to_and_left_as_it_is(
    taste: Subgraph,
) -> None:
    events = taste.events["RATED"]
    some = Subgraph(taste.ids, {"RATED": events.where(events.user > 1)}, taste.edges)
    base = {"factors": 2, "shrink": 1.0}
    told = {**QUICK, "loss": "rating", "epochs": 0}
    config = scorer_config("wide-deep", base=base, **told)
    bare = train_scorer(some, scorer_config("wide-deep", **told))
    found = train_scorer(some, config)
    alone = MatrixFactorisation(FactorisationConfig(**base)).fit(some)
    users, items = np.array([0, 5, 6]), np.array([1, 3, 3])  # user 0 rated nothing
    added = found.predict(users, items) - bare.predict(users, items)
    expected = alone.predict(users, items) - float(events.value[events.user > 1].mean())
    assert added == pytest.approx(expected, abs=1e-4)
    trained = train_scorer(some, config.model_copy(update={"epochs": 2})).scorer
    for name in ("base_users", "base_items"):
        assert trained.get_buffer(name).equal(found.scorer.get_buffer(name))


def test_decay_draws_no_stars_towards_none(taste: Subgraph) -> None:
    e = taste.events["RATED"]
    fours = Events(e.user, e.item, e.time, np.full_like(e.value, 4))
    config = scorer_config("neumf", loss="rating", weight_decay=3, **QUICK)
    found = train_scorer(Subgraph(taste.ids, {"RATED": fours}), config)
    assert found.predict(e.user, e.item) == pytest.approx(4, abs=0.05)


def test_without_an_id_in_training_a_new_user_is_who_they_are_like(
    taste: Subgraph,
) -> None:
    # The id of each user says all; only where it is dropped, what they like must.
    events = taste.events["RATED"]
    some = Subgraph(taste.ids, {"RATED": events.where(events.user > 1)}, taste.edges)
    given = {
        **QUICK,
        "loss": "rating",
        "epochs": 15,
        "base": {"factors": 2, "shrink": 1},
    }
    gaps = []
    for share in (0.0, 0.5):
        config = scorer_config("wide-deep", id_dropout=share, **given)
        found = train_scorer(some, config, Features.of(some, people()))
        stars = found.predict(np.array([0, 0]), np.array([0, 1]))
        gaps.append(stars[0] - stars[1])
    assert gaps[1] > gaps[0] + 0.3


def test_pairs_are_scored_as_the_full_ranking_scores_them(taste: Subgraph) -> None:
    found = train_scorer(taste, scorer_config("neumf", **QUICK))
    users, items = np.array([3, 5]), np.array([[7, 2], [0, 19]])
    full = found.score(users)
    expected = np.take_along_axis(full, items, axis=1)
    assert found.score_pairs(users, items) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("model", "more"),
    [("neumf", {}), ("wide-deep", {}), ("wide-deep", {"loss": "rating", "ridge": {}})],
)
def test_training_that_was_broken_off_ends_as_if_it_had_not(
    taste: Subgraph, tmp_path: Path, model: str, more: dict[str, Any]
) -> None:
    config = scorer_config(model, **QUICK, **more)
    whole = train_scorer(taste, config)
    file = tmp_path / "scorer.pt"
    first = config.model_copy(update={"epochs": 3})
    train_scorer(taste, first, checkpoint=file)
    again = train_scorer(taste, config, checkpoint=file)
    users = np.arange(5)
    assert (whole.score(users) == again.score(users)).all()
    train_scorer(taste, config, checkpoint=file, seed=1)
    assert (tmp_path / "scorer.aside.pt").exists()


def test_validation_keeps_the_best_epoch(taste: Subgraph) -> None:
    validation, _ = rating_splits(taste)
    config = scorer_config("neumf", loss="rating", **{**QUICK, "epochs": 20})
    found = train_scorer(validation.train, config, validation=validation)
    best = max(epoch.value or -9 for epoch in found.curve)
    assert errors(found, validation).rmse == pytest.approx(-best)
    ranked = train_scorer(validation.train, config, validation=validation.ranking(4))
    assert 0 < (ranked.curve[0].value or 0) <= 1


def test_what_cannot_be_trained_is_told(taste: Subgraph) -> None:
    with pytest.raises(TrainingError, match="no PURCHASED events"):
        train_scorer(taste, scorer_config("neumf"))
    e = taste.events["RATED"]
    nameless = Events(e.user, e.item, e.time, np.full_like(e.value, np.nan))
    graph = Subgraph(taste.ids, {"RATED": nameless})
    with pytest.raises(TrainingError, match="no value"):
        train_scorer(graph, scorer_config("neumf", kind="RATED", loss="rating"))


def test_a_loss_that_is_not_finite_stops_training(taste: Subgraph) -> None:
    e = taste.events["RATED"]
    huge = Events(e.user, e.item, e.time, np.full_like(e.value, 1e30))
    graph = Subgraph(taste.ids, {"RATED": huge})
    with pytest.raises(TrainingError, match="learning_rate"):
        train_scorer(graph, scorer_config("neumf", kind="RATED", loss="rating"))


def test_an_unknown_scorer_or_setting_is_told() -> None:
    with pytest.raises(UsageError, match="neumf, wide-deep"):
        scorer_config("wide")
    with pytest.raises(UsageError, match=r"deepness.*dropout"):
        scorer_config("wide-deep", deepness=3)
    with pytest.raises(UsageError, match=r"base.*set loss to rating"):
        scorer_config("wide-deep", base={"factors": 8})
    with pytest.raises(UsageError, match=r"ridge.*set loss to rating"):
        scorer_config("wide-deep", ridge={})
    assert isinstance(scorer_config("neumf", dim=8), ScorerConfig)


@pytest.mark.parametrize("hidden", [(), (8,), (16, 8)])
def test_neumf_scores_a_grid_as_it_scores_each_pair(
    taste: Subgraph, hidden: tuple[int, ...]
) -> None:
    config = scorer_config("neumf", **QUICK, loss="softmax", hidden=hidden, dim=4)
    scorer = train_scorer(taste, config).scorer
    users, items = np.array([3, 0, 7]), np.arange(20)
    by_pair = scorer.score_pairs(users, np.tile(items, (3, 1)))
    with torch.no_grad():
        grid = scorer.eval().grid(torch.from_numpy(users), torch.from_numpy(items))
    np.testing.assert_allclose(grid.numpy(), by_pair, rtol=1e-4, atol=1e-5)
