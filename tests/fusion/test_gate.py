"""The gate: its context, its entropy, its collapse and the cure, and its training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from basketweave.errors import TrainingError, UsageError
from basketweave.fusion import (
    Gate,
    GateConfig,
    Requests,
    TrainedGate,
    context,
    entropy,
    train_gate,
)
from basketweave.fusion.gate_training import gate_ndcg
from basketweave.moments import DAY

SUNDAY = 3 * DAY  # 4 January 1970


def requests(seed: int, n: int = 300) -> Requests:
    """People take what `repeat` and `graph` say together, at weekends (one day in
    five) more of `graph`, else more of `repeat`; the third part is noise."""
    rng = np.random.default_rng(seed)
    times = SUNDAY + DAY * rng.integers(0, 5, n) + rng.integers(0, DAY, n)
    free = times // DAY % 7 == 3
    values = rng.random((n, 20, 3)).astype(np.float32)
    share = np.where(free, 0.3, 0.7)[:, None]
    taken = (share * values[:, :, 0] + (1 - share) * values[:, :, 1]).argmax(axis=1)
    relevant = np.eye(20, dtype=np.float32)[taken]
    found = context(times, np.full(n, 30), times - DAY)
    held = np.ones((n, 20), np.float32)
    return Requests(("repeat", "graph", "popularity"), found, values, relevant, held)


@pytest.fixture(scope="module")
def cured() -> TrainedGate:
    config = GateConfig(epochs=15)
    return train_gate([requests(0)], config, validation=requests(1))


def test_hours_and_weekdays_lie_on_circles() -> None:
    six = SUNDAY + 6 * 3600
    found = context(np.array([six]), np.array([0]), np.array([six - 3 * DAY]))[0]
    turn = 2 * np.pi * 6 / 7  # Monday is 0
    expected = [1, 0, np.sin(turn), np.cos(turn), 1, 0, np.log(4) / 5]
    assert found == pytest.approx(expected, abs=1e-6)


def test_entropy_is_1_for_equal_weights_and_0_for_one_part() -> None:
    weights = torch.tensor([[0.25] * 4, [1.0, 0, 0, 0], [0.5, 0.5, 0, 0]])
    assert entropy(weights).tolist() == pytest.approx([1, 0, 0.5], abs=1e-6)


def test_a_plain_gate_with_large_first_weights_collapses() -> None:
    plain = GateConfig(epochs=15).collapsing()
    found = train_gate([requests(0)], plain, validation=requests(1), seed=1)
    assert found.entropies[-1] < 0.2
    assert found.largest > 0.9


def test_the_cure_keeps_the_gate_open_and_ranks_better(cured: TrainedGate) -> None:
    plain = GateConfig(epochs=15).collapsing()
    collapsed = train_gate([requests(0)], plain, validation=requests(1), seed=1)
    assert cured.entropies[-1] > 2 * collapsed.entropies[-1]
    test = requests(2)
    assert gate_ndcg(cured.gate, test) > gate_ndcg(collapsed.gate, test) + 0.01


def test_the_bonus_and_the_penalty_each_open_the_gate_further() -> None:
    """Each alone, against nothing, from the same first weights."""
    none = GateConfig(epochs=8, entropy=0, balance=0, dropout=0)

    def spread(**strong: float) -> float:
        config = none.model_copy(update=strong)
        return train_gate([requests(0)], config, seed=1).entropies[-1]

    bare = spread()
    assert spread(entropy=1) > bare + 0.02
    assert spread(balance=1) > bare + 0.02


def test_the_gate_turns_with_the_weekday(cured: TrainedGate) -> None:
    events, last = np.array([30]), np.array([SUNDAY - DAY])
    sunday = cured.gate.weights(context(np.array([SUNDAY + 999]), events, last)[0])
    tuesday = SUNDAY + 2 * DAY + 999
    then = np.array([tuesday - DAY])
    other = cured.gate.weights(context(np.array([tuesday]), events, then)[0])
    assert sunday["graph"] > sunday["repeat"]
    assert other["repeat"] > other["graph"]
    assert sum(sunday.values()) == pytest.approx(1, abs=1e-5)


def test_without_a_context_or_a_part_it_ranks_worse(cured: TrainedGate) -> None:
    config, test = GateConfig(epochs=15), requests(2)
    blind = train_gate([requests(0).blind()], config)
    assert gate_ndcg(blind.gate, test.blind()) < gate_ndcg(cured.gate, test) - 0.02
    less = train_gate([requests(0).without("graph")], config)
    assert less.gate.parts == ("repeat", "popularity")
    assert gate_ndcg(less.gate, test.without("graph")) < gate_ndcg(cured.gate, test)


def test_training_that_was_broken_off_ends_as_if_it_had_not(tmp_path: Path) -> None:
    whole = train_gate([requests(0)], GateConfig(epochs=6))
    file = tmp_path / "gate.pt"
    train_gate([requests(0)], GateConfig(epochs=3), checkpoint=file)
    again = train_gate([requests(0)], GateConfig(epochs=6), checkpoint=file)
    asked = requests(1).context
    assert (whole.gate.of(asked) == again.gate.of(asked)).all()
    assert again.entropies == whole.entropies
    train_gate([requests(1)], GateConfig(epochs=6), checkpoint=file, seed=4)
    assert (tmp_path / "gate.aside.pt").exists()


def test_a_loss_that_is_not_finite_stops_training() -> None:
    asked = requests(0)
    asked.values[0, 0, 0] = np.nan
    with pytest.raises(TrainingError, match="learning_rate"):
        train_gate([asked], GateConfig(epochs=2))


def test_nothing_to_choose_between_or_to_learn_from_is_told() -> None:
    with pytest.raises(UsageError, match="between parts"):
        Gate(GateConfig(), ["repeat"])
    asked = requests(0, 5)
    asked.relevant[:] = 0
    with pytest.raises(TrainingError, match="nothing to learn"):
        train_gate([asked])
