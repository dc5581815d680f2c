"""What every encoder must do, on a checkerboard that can be checked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basketweave.encoders import load_encoder, save_encoder
from basketweave.errors import TrainingError
from basketweave.gnn import (
    GraphFilterConfig,
    HeteroGATConfig,
    HeteroGCNConfig,
    LightGCNConfig,
    XSimGCLConfig,
    with_items,
)
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.training import EncoderConfig, Trained, train
from tests.graphs import events, events_graph


def board(n_users: int = 10, n_items: int = 13) -> Subgraph:
    """User u bought item i where u + i is even, but each misses one such item.

    The last item has no events and no attributes. Even items are of category
    `white` and brand `North`, odd ones of `black` and `South`.
    """
    rows = [
        (u, i, 1 + i)
        for u in range(n_users)
        for i in range(n_items - 1)
        if (u + i) % 2 == 0 and i != missing(u, n_items)
    ]
    colours = [(i, i % 2) for i in range(n_items - 1)]
    return events_graph(
        rows,
        n_users,
        n_items,
        catalogue={
            "IN_CATEGORY": colours,
            "MADE_BY": colours,
            "SUBCATEGORY_OF": [(0, 2), (1, 2)],
        },
        Category=["white", "black", "all"],
        Brand=["North", "South"],
    )


def missing(u: int, n_items: int = 13) -> int:
    """The item that user `u` would buy, but has not."""
    return u % 2 + 2 * (u // 2 % ((n_items - 1) // 2))


SMALL: dict[str, Any] = {
    "dim": 8,
    "epochs": 60,
    "users": 10,
    "positives": 1,
    "learning_rate": 0.02,
}
BRIEF: dict[str, Any] = {**SMALL, "epochs": 5, "hidden": 8, "cuts": 2}
CONFIGS: list[EncoderConfig] = [
    GraphFilterConfig(dim=4),
    GraphFilterConfig(dim=2, norms=False),
    LightGCNConfig(**SMALL),
    LightGCNConfig(**SMALL, loss="bpr"),
    XSimGCLConfig(**SMALL),
    HeteroGATConfig(**BRIEF),
    HeteroGCNConfig(**BRIEF, norms=False),
]
LEARNED = [CONFIGS[2], *CONFIGS[4:]]


def named(config: EncoderConfig) -> str:
    return f"{config.model}-{config.norms}-{getattr(config, 'loss', '')}"


@pytest.fixture(scope="module")
def trained(request: pytest.FixtureRequest) -> Trained:
    return train(board(), request.param, seed=1)


@pytest.mark.parametrize("trained", CONFIGS, ids=named, indirect=True)
class TestEveryEncoder:
    def test_every_user_and_item_has_a_finite_unit_vector(
        self, trained: Trained
    ) -> None:
        vectors = trained.vectors
        for rows, n in ((vectors.user_vectors, 10), (vectors.item_vectors, 13)):
            assert rows.shape == (n, trained.encoder.config.dim)
            assert np.isfinite(rows).all()
            np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)

    def test_a_held_out_item_of_the_users_colour_ranks_above_the_other_colour(
        self, trained: Trained
    ) -> None:
        scores = trained.score(np.arange(10))
        for u in range(10):
            others = np.arange((u + 1) % 2, 12, 2)
            assert (scores[u, missing(u)] > scores[u, others]).all(), u

    def test_the_card_says_how_it_was_made(self, trained: Trained) -> None:
        card, config = trained.vectors.card, trained.encoder.config
        assert (card.name, card.part, card.seed) == (config.name, "gnn", 1)
        assert card.recipe["model"] == config.model
        assert card.recipe["dim"] == config.dim
        assert "torch" in card.libraries

    def test_a_saved_model_encodes_the_same(
        self, trained: Trained, tmp_path: Path
    ) -> None:
        save_encoder(trained.encoder, tmp_path / "model.pt")
        again = load_encoder(tmp_path / "model.pt").encode(board())
        np.testing.assert_array_equal(again.item_vectors, trained.vectors.item_vectors)
        np.testing.assert_array_equal(again.user_vectors, trained.vectors.user_vectors)


@pytest.mark.parametrize("config", CONFIGS, ids=named)
def test_the_same_seed_gives_the_same_vectors(config: EncoderConfig) -> None:
    short = config.model_copy(update={"epochs": 2}) if config in LEARNED else config
    one, two = (train(board(), short, seed=5).vectors for _ in range(2))
    np.testing.assert_array_equal(one.item_vectors, two.item_vectors)
    np.testing.assert_array_equal(one.user_vectors, two.user_vectors)


@pytest.mark.parametrize("config", LEARNED, ids=named)
def test_training_that_was_broken_off_ends_as_if_it_had_not(
    config: EncoderConfig, tmp_path: Path
) -> None:
    whole = config.model_copy(update={"epochs": 4})
    half = config.model_copy(update={"epochs": 2})
    unbroken = train(board(), whole, seed=3).vectors
    train(board(), half, seed=3, checkpoint=tmp_path / "run.pt")
    resumed = train(board(), whole, seed=3, checkpoint=tmp_path / "run.pt").vectors
    np.testing.assert_array_equal(resumed.item_vectors, unbroken.item_vectors)
    np.testing.assert_array_equal(resumed.user_vectors, unbroken.user_vectors)


@pytest.mark.parametrize("config", LEARNED, ids=named)
def test_nothing_to_learn_from_is_told(config: EncoderConfig) -> None:
    with pytest.raises(TrainingError, match="no PURCHASED events"):
        train(Subgraph(board().ids, {PURCHASED: events([])}), config)


@pytest.mark.parametrize("config", CONFIGS[5:], ids=named)
def test_a_new_item_gets_a_vector_from_its_attributes(config: EncoderConfig) -> None:
    encoder = train(board(), config, seed=1).encoder
    more = with_items(
        board(),
        ["new white", "new black", "unknown"],
        {"new white": ["white"], "new black": ["black"]},
        {"new white": "North", "new black": "South"},
    )
    scores = score(encoder.encode(more))
    white, black = scores[:, 13], scores[:, 14]
    even = np.arange(10) % 2 == 0
    assert (white > black).tolist() == even.tolist()


@pytest.mark.parametrize("config", CONFIGS[5:], ids=named)
def test_a_new_user_gets_a_vector_from_what_they_bought(config: EncoderConfig) -> None:
    encoder = train(board(10), config, seed=1).encoder
    scores = score(encoder.encode(board(12)))
    for u in (10, 11):
        others = np.arange((u + 1) % 2, 12, 2)
        assert scores[u, missing(u)] > scores[u, others].max()


def score(vectors: Vectors) -> FloatArray:
    return vectors.user_vectors @ vectors.item_vectors.T


def test_an_item_of_which_nothing_is_known_points_away_from_everyone() -> None:
    vectors = train(board(), GraphFilterConfig(dim=2, norms=False)).vectors
    everyone = vectors.user_vectors.mean(axis=0)
    scores = vectors.item_vectors @ everyone
    assert vectors.bare is not None
    assert np.flatnonzero(vectors.bare).tolist() == [scores.argmin()]
    assert scores.min() == pytest.approx(-np.linalg.norm(everyone), abs=1e-5)
