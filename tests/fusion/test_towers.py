"""Vectors of several encoders fused into one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.fusion.towers import TowersConfig, train_towers
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.subgraph import Events, FloatArray, Subgraph

CONFIG = TowersConfig(epochs=8, learning_rate=0.01, negatives=40, recent=1.0, batch=64)


@pytest.fixture(scope="module")
def board() -> Subgraph:
    """40 people each with 6 of the 12 items of their colour, of 24."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(40), 6)
    place = np.concatenate([rng.permutation(12)[:6] for _ in range(40)])
    item = 2 * place + user % 2
    time = np.tile(np.arange(6), 40)
    events = Events(user, item, time, np.ones(240, np.float32))
    ids = {
        "User": pl.Series([f"u{n}" for n in range(40)]),
        "Item": pl.Series([f"i{n}" for n in range(24)]),
    }
    return Subgraph(ids=ids, events={"PURCHASED": events})


def given(board: Subgraph, name: str, noise: float, seed: int) -> Vectors:
    """Colour as a direction in 8 dimensions, under noise."""
    rng = np.random.default_rng(seed)

    def rows(n: int) -> FloatArray:
        colour = np.eye(8)[np.arange(n) % 2]
        return unit(colour + noise * rng.normal(size=(n, 8)))

    ids = board.ids
    return Vectors(ModelCard(name), ids["User"], ids["Item"], rows(40), rows(24))


def right(scores: FloatArray) -> float:
    """Share of pairs of items of both colours that each person has in order."""
    own = np.stack([s[n % 2 :: 2] for n, s in enumerate(scores)])
    other = np.stack([s[1 - n % 2 :: 2] for n, s in enumerate(scores)])
    return float((own[:, :, None] > other[:, None, :]).mean())


def test_fused_vectors_rank_better_than_each_that_was_given(board: Subgraph) -> None:
    inputs = [given(board, "a", 0.7, 1), given(board, "b", 0.7, 2)]
    alone = [right(v.user_vectors @ v.item_vectors.T) for v in inputs]
    fused = train_towers(board, inputs, CONFIG)
    assert fused.vectors.dim == 16
    assert right(fused.score(np.arange(40))) > max(alone) + 0.05


def test_untrained_it_is_the_mean_of_the_cosines(board: Subgraph) -> None:
    inputs = [given(board, "a", 0.7, 1), given(board, "b", 0.7, 2)]
    untrained = train_towers(board, inputs, TowersConfig(epochs=0))
    cosines = [v.user_vectors @ v.item_vectors.T for v in inputs]
    expected = (cosines[0] + cosines[1]) / 2
    assert untrained.score(np.arange(40)) == pytest.approx(expected, abs=1e-5)


def test_training_that_was_broken_off_ends_as_if_it_had_not(
    board: Subgraph, tmp_path: Path
) -> None:
    inputs, file = [given(board, "a", 0.7, 1)], tmp_path / "towers.pt"
    whole = train_towers(board, inputs, CONFIG)
    first = CONFIG.model_copy(update={"epochs": 3})
    train_towers(board, inputs, first, checkpoint=file)
    again = train_towers(board, inputs, CONFIG, checkpoint=file)
    assert (whole.vectors.item_vectors == again.vectors.item_vectors).all()


def test_vectors_of_other_items_are_told(board: Subgraph) -> None:
    a = given(board, "a", 0.7, 1)
    other = Vectors(a.card, a.users, a.items.reverse(), a.user_vectors, a.item_vectors)
    with pytest.raises(DataError, match="'a' has vectors of other"):
        train_towers(board, [other], CONFIG)
