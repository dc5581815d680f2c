"""NeuMF and Wide & Deep: what they learn, and that training can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.errors import TrainingError
from basketweave.evaluation.ratings import errors, rating_splits
from basketweave.graph.subgraph import Events, Subgraph
from basketweave.ranking import (
    FactorisationConfig,
    Features,
    MatrixFactorisation,
    scorer_config,
    train_scorer,
)
from tests.graphs import taste

QUICK = {"kind": "RATED", "epochs": 6, "learning_rate": 0.01, "batch": 64}


@pytest.fixture(scope="module")
def rated() -> Subgraph:
    """60 users rate 8 of 20 items by their taste."""
    return taste(60, 20, 8)


def people() -> pl.DataFrame:
    ids = [f"u{n}" for n in range(60)]
    return pl.DataFrame({"id": ids, "likes": [n % 2 for n in range(60)], "name": ids})


@pytest.mark.parametrize("loss", ["softmax", "bpr", "warp"])
def test_a_ranking_loss_puts_liked_items_before_others(
    rated: Subgraph, loss: str
) -> None:
    events = rated.events["RATED"]
    liked = {"RATED": events.where(events.value > 3)}
    graph = Subgraph(rated.ids, liked, rated.edges)
    config = scorer_config("wide-deep", loss=loss, **QUICK)
    found = train_scorer(graph, config, Features.of(graph, people()))
    scores = found.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()


def test_stars_follow_taste_also_for_who_never_rated(rated: Subgraph) -> None:
    events = rated.events["RATED"]
    some = Subgraph(rated.ids, {"RATED": events.where(events.user > 1)}, rated.edges)
    config = scorer_config("wide-deep", loss="rating", **{**QUICK, "epochs": 30})
    found = train_scorer(some, config, Features.of(some, people()))
    stars = found.predict(np.array([0, 0, -1]), np.array([0, 1, -1]))
    assert stars[0] > stars[1] + 1
    assert np.isfinite(stars[2])  # neither the user nor the item is known


def test_a_base_of_matrix_factorisation_is_added_to_and_left_as_it_is(
    rated: Subgraph,
) -> None:
    events = rated.events["RATED"]
    some = Subgraph(rated.ids, {"RATED": events.where(events.user > 1)}, rated.edges)
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


def test_decay_draws_no_stars_towards_none(rated: Subgraph) -> None:
    e = rated.events["RATED"]
    fours = Events(e.user, e.item, e.time, np.full_like(e.value, 4))
    config = scorer_config("neumf", loss="rating", weight_decay=3, **QUICK)
    found = train_scorer(Subgraph(rated.ids, {"RATED": fours}), config)
    assert found.predict(e.user, e.item) == pytest.approx(4, abs=0.05)


def test_without_an_id_in_training_a_new_user_is_who_they_are_like(
    rated: Subgraph,
) -> None:
    # The id of each user says all; only where it is dropped, what they like must.
    events = rated.events["RATED"]
    some = Subgraph(rated.ids, {"RATED": events.where(events.user > 1)}, rated.edges)
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


def test_pairs_are_scored_as_the_full_ranking_scores_them(rated: Subgraph) -> None:
    found = train_scorer(rated, scorer_config("neumf", **QUICK))
    users, items = np.array([3, 5]), np.array([[7, 2], [0, 19]])
    full = found.score(users)
    expected = np.take_along_axis(full, items, axis=1)
    assert found.score_pairs(users, items) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("model", "more"),
    [("neumf", {}), ("wide-deep", {}), ("wide-deep", {"loss": "rating", "ridge": {}})],
)
def test_training_that_was_broken_off_ends_as_if_it_had_not(
    rated: Subgraph, tmp_path: Path, model: str, more: dict[str, Any]
) -> None:
    config = scorer_config(model, **QUICK, **more)
    whole = train_scorer(rated, config)
    file = tmp_path / "scorer.pt"
    first = config.model_copy(update={"epochs": 3})
    train_scorer(rated, first, checkpoint=file)
    again = train_scorer(rated, config, checkpoint=file)
    users = np.arange(5)
    assert (whole.score(users) == again.score(users)).all()
    train_scorer(rated, config, checkpoint=file, seed=1)
    assert (tmp_path / "scorer.aside.pt").exists()


def test_validation_keeps_the_best_epoch(rated: Subgraph) -> None:
    validation, _ = rating_splits(rated)
    config = scorer_config("neumf", loss="rating", **{**QUICK, "epochs": 20})
    found = train_scorer(validation.train, config, validation=validation)
    best = max(epoch.value or -9 for epoch in found.curve)
    assert errors(found, validation).rmse == pytest.approx(-best)
    ranked = train_scorer(validation.train, config, validation=validation.ranking(4))
    assert 0 < (ranked.curve[0].value or 0) <= 1


def test_what_cannot_be_trained_is_told(rated: Subgraph) -> None:
    with pytest.raises(TrainingError, match="no PURCHASED events"):
        train_scorer(rated, scorer_config("neumf"))
    e = rated.events["RATED"]
    nameless = Events(e.user, e.item, e.time, np.full_like(e.value, np.nan))
    graph = Subgraph(rated.ids, {"RATED": nameless})
    with pytest.raises(TrainingError, match="no value"):
        train_scorer(graph, scorer_config("neumf", kind="RATED", loss="rating"))


def test_a_loss_that_is_not_finite_stops_training(rated: Subgraph) -> None:
    e = rated.events["RATED"]
    huge = Events(e.user, e.item, e.time, np.full_like(e.value, 1e30))
    graph = Subgraph(rated.ids, {"RATED": huge})
    with pytest.raises(TrainingError, match="learning_rate"):
        train_scorer(graph, scorer_config("neumf", kind="RATED", loss="rating"))
