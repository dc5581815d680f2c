"""Training itself, with a learner so small that its course can be told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor, nn

from basketweave.choosing.refit import fit
from basketweave.errors import DataError, TrainingError
from basketweave.gnn import LightGCNConfig
from basketweave.graph import connect
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.training.encoder import Vocabulary
from basketweave.training.learner import Learner, TrainingConfig
from basketweave.training.loop import train

PLANE = Subgraph({"User": pl.Series(["u"]), "Item": pl.Series(["east", "north"])}, {})


class AngleConfig(TrainingConfig):
    """The user turns towards an angle."""

    model: ClassVar[str] = "Angle"
    name: str = "angle"
    dim: int = 2
    norms: bool = False
    goal: float = 1.0
    noise: float = 0

    def restore(self, ids: Vocabulary) -> Angle:
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
    best = max(epoch.value or 0 for epoch in trained.curve)
    assert trained.curve[trained.best_epoch - 1].value == best == north(trained.vectors)
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


def test_a_checkpoint_of_another_training_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, other = tmp_path / "run.pt", AngleConfig(epochs=1, goal=2)
    train(PLANE, AngleConfig(epochs=1), checkpoint=path)
    before = path.read_bytes()
    trained = train(PLANE, other, checkpoint=path)
    assert trained.curve == train(PLANE, other).curve
    assert (tmp_path / "run.aside.pt").read_bytes() == before
    assert "other data, config or seed" in caplog.text
    assert "run.aside.pt" in caplog.text


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 and then"])
def test_a_broken_checkpoint_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    trained = train(PLANE, AngleConfig(epochs=2), checkpoint=path)
    assert trained.curve == train(PLANE, AngleConfig(epochs=2)).curve
    assert (tmp_path / "run.aside.pt").read_bytes() == content


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
        def restore(self, ids: Vocabulary) -> Still:
            return Still(self)

    trained = train(PLANE, StillConfig(epochs=3))
    assert isinstance(trained.encoder, Still)
    assert trained.encoder.angle.item() == 0


def test_fit_works_for_any_learner_where_there_is_no_time_to_hold_out() -> None:
    assert len(fit(PLANE, AngleConfig(epochs=2)).curve) == 2


def rates(config: AngleConfig, **given: Any) -> list[float]:
    """The learning rate at each step of a training."""
    seen: list[float] = []

    class Watched(torch.optim.AdamW):
        def step(self, closure: Any = None) -> Any:
            seen.extend(group["lr"] for group in self.param_groups)
            return super().step(closure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "AdamW", Watched)
        train(PLANE, config, **given)
    return seen


def test_a_rate_is_constant_unless_told_otherwise() -> None:
    assert rates(AngleConfig(epochs=3, learning_rate=0.1)) == [0.1] * 9


def test_a_cosine_schedule_falls_from_epoch_to_epoch() -> None:
    found = rates(AngleConfig(epochs=4, learning_rate=0.1, schedule="cosine"))
    half = (1 + 2**-0.5) / 2
    expected = np.repeat([0.1, 0.1 * half, 0.05, 0.1 * (1 - half)], 3)
    np.testing.assert_allclose(found, expected)


def test_a_warm_up_rises_to_the_rate_and_stays_or_falls() -> None:
    flat = AngleConfig(epochs=6, learning_rate=0.3, warmup=1 / 3)
    expected = [0.1, 0.2, 0.3, 0.3, 0.3, 0.3]
    np.testing.assert_allclose(rates(flat)[::3], expected)
    falling = flat.model_copy(update={"schedule": "cosine"})
    falls = 0.15 * (1 + np.cos(np.pi * np.arange(4) / 4))
    np.testing.assert_allclose(rates(falling)[::3], [0.1, 0.2, *falls])


def test_a_schedule_goes_on_from_a_checkpoint_as_if_never_stopped(
    tmp_path: Path,
) -> None:
    config = AngleConfig(epochs=6, noise=1, schedule="cosine", warmup=0.3)
    unbroken, whole = train(PLANE, config, seed=4), rates(config, seed=4)
    path = tmp_path / "run.pt"
    half = config.ending_after(2)
    assert rates(half, seed=4, checkpoint=path) == whole[:6]
    assert rates(config, seed=4, checkpoint=path) == whole[6:]
    resumed = train(PLANE, config, seed=4, checkpoint=path)
    assert resumed.curve == unbroken.curve
    np.testing.assert_array_equal(
        resumed.vectors.user_vectors, unbroken.vectors.user_vectors
    )


def test_a_checkpoint_laid_out_for_other_epochs_is_set_aside(tmp_path: Path) -> None:
    config, path = AngleConfig(epochs=2, schedule="cosine"), tmp_path / "run.pt"
    train(PLANE, config, checkpoint=path)
    longer = config.model_copy(update={"epochs": 4})
    trained = train(PLANE, longer, checkpoint=path)
    assert trained.curve == train(PLANE, longer).curve
    assert (tmp_path / "run.aside.pt").exists()


def test_a_store_of_nothing_or_of_items_alone_is_nothing_to_train_on(
    tmp_path: Path,
) -> None:
    with connect(tmp_path / "shop.lbug") as store:
        empty = store.export()
        store.upsert_items([{"id": "1", "title": "tea"}])
        alone = store.export()
    with pytest.raises(DataError, match="no items to train on"):
        fit(empty, LightGCNConfig())
    with pytest.raises(DataError, match="no users to train on"):
        fit(alone, LightGCNConfig())
