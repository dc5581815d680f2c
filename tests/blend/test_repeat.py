"""What the history says by itself, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.blend.repeat import history
from basketweave.blend.settings import BlendSettings
from basketweave.graph.subgraph import Events


def test_repeat_is_the_sum_of_three_memories_over_how_long_it_has_been() -> None:
    # bought 30 and 10 days ago: the gap is 20, the time since the last one 10
    times, none = np.array([70, 90]), np.zeros(2, np.int64)
    s = BlendSettings(
        fast_half_life=10, middle_half_life=20, slow_half_life=40, repeat_rest=5
    )
    events = Events(none, none, times, none.astype(np.float32))
    found = history(events, np.array([2], np.float32), 100, s)

    def memory(half_life: float) -> float:
        return float(0.5 ** (30 / half_life) + 0.5 ** (10 / half_life)) / half_life

    habit = 0.2 * memory(10) + memory(20) + 2 * memory(40)
    expected = habit * 2**0.4 / (1 + 0.2 * 10 / (20 + 5))
    assert found.repeat == pytest.approx([expected], rel=1e-5)
    assert found.last.tolist() == [90]
