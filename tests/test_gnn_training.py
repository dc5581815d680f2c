"""Training itself, with a learner so small that its course can be told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor, nn

from basketweave.errors import TrainingError, UsageError
from basketweave.gnn.encoder import Vocabulary
from basketweave.gnn.learner import Learner, TrainingConfig
from basketweave.gnn.named import fit
from basketweave.gnn.training import train
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import Vectors

PLANE = Subgraph({"User": pl.Series(["u"]), "Item": pl.Series(["east", "north"])}, {})


class AngleConfig(TrainingConfig):
    """The user turns towards an angle."""

    model: ClassVar[str] = "Angle"
    name: str = "angle"
    dim: int = 2
    norms: bool = False
    goal: float = 1.0
    noise: float = 0

    def restore(self, known: Vocabulary) -> Angle:
        return Angle(self)


class Angle(Learner[Tensor]):
    """One parameter; three steps an epoch, each with the squared error as its loss."""

    def __init__(self, config: AngleConfig) -> None:
        super().__init__()
        self.config: AngleConfig = config
        self.angle = nn.Parameter(torch.tensor(0.0))
        self.prepared = 0

    def prepare(self, subgraph: Subgraph) -> Tensor:
        self.prepared += 1
        return self.config.goal + self.config.noise * torch.randn(())

    def losses(self, prepared: Tensor) -> Iterator[Tensor]:
        for _ in range(3):
            goal = prepared + self.config.noise * torch.randn(())
            yield (self.angle - goal).square()

    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        at = self.angle.detach().numpy()
        user = np.array([[np.cos(at), np.sin(at)]], np.float32)
        return user, np.eye(2, dtype=np.float32)


def north(vectors: Vectors) -> float:
    """How far the user looks north."""
    return float(vectors.user_vectors[0, 1])


def test_a_learner_is_trained_step_by_step_and_prepared_once() -> None:
    trained = train(PLANE, AngleConfig(epochs=200, learning_rate=0.1))
    assert isinstance(trained.encoder, Angle)
    assert trained.encoder.prepared == 1
    assert trained.encoder.angle.item() == pytest.approx(1, abs=1e-3)
    first = trained.curve[0].loss
    # AdamW's first steps are of the learning rate's length: errors of 1, .9, .8.
    assert first == pytest.approx((1 + 0.81 + 0.64) / 3, abs=0.01)


def test_the_best_epoch_is_kept_and_training_stops_after_patience() -> None:
    # Past a right angle the user looks north less and less.
    config = AngleConfig(epochs=100, patience=3, learning_rate=0.1, goal=3)
    trained = train(PLANE, config, validation=north)
    best = max(epoch.ndcg or 0 for epoch in trained.curve)
    assert trained.curve[trained.best_epoch - 1].ndcg == best == north(trained.vectors)
    assert len(trained.curve) == trained.best_epoch + 3
    assert trained.vectors.card.metrics["validation NDCG@10"] == best


def test_a_training_that_was_broken_off_ends_as_if_it_had_not(tmp_path: Path) -> None:
    config = AngleConfig(epochs=6, noise=1)
    unbroken = train(PLANE, config, validation=north, seed=4)
    path = tmp_path / "run.pt"
    half = config.model_copy(update={"epochs": 2})
    train(PLANE, half, validation=north, seed=4, checkpoint=path)
    resumed = train(PLANE, config, validation=north, seed=4, checkpoint=path)
    assert resumed.curve == unbroken.curve
    np.testing.assert_array_equal(
        resumed.vectors.user_vectors, unbroken.vectors.user_vectors
    )


def test_the_start_is_kept_where_no_epoch_is_better() -> None:
    config = AngleConfig(epochs=9, patience=2, goal=-1)
    trained = train(PLANE, config, validation=north)
    assert (trained.best_epoch, len(trained.curve)) == (0, 2)
    assert north(trained.vectors) == 0


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    train(PLANE, AngleConfig(epochs=1), checkpoint=path)
    with pytest.raises(UsageError, match="other data, config or seed"):
        train(PLANE, AngleConfig(epochs=1, goal=2), checkpoint=path)


def test_a_loss_that_is_not_finite_stops_and_names_the_last_good_epoch(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.pt"
    train(PLANE, AngleConfig(epochs=1), checkpoint=path)
    broken = torch.load(path, weights_only=True)
    broken["state"]["angle"] = torch.tensor(float("nan"))
    torch.save(broken, path)
    with pytest.raises(TrainingError, match=r"nan in epoch 2.*learning_rate.*epoch 1"):
        train(PLANE, AngleConfig(epochs=2), checkpoint=path)


def test_parameter_groups_have_learning_rates_of_their_own() -> None:
    class Still(Angle):
        def groups(self) -> list[dict[str, object]]:
            return [{"params": [self.angle], "lr": 0.0}]

    class StillConfig(AngleConfig):
        def restore(self, known: Vocabulary) -> Still:
            return Still(self)

    trained = train(PLANE, StillConfig(epochs=3))
    assert isinstance(trained.encoder, Still)
    assert trained.encoder.angle.item() == 0


def test_fit_works_for_any_learner_where_there_is_no_time_to_hold_out() -> None:
    assert len(fit(PLANE, AngleConfig(epochs=2)).curve) == 2
