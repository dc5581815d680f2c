"""A person as the sum of what they had, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.recipes.histories import SummedVectors


def test_the_newest_item_counts_most() -> None:
    model = SummedVectors(np.eye(3, dtype=np.float32))
    one, three = model.score_histories([np.array([2]), np.array([0, 1, 1])])
    assert one.tolist() == [0, 0, 1]
    # item 0 two steps back counts .8 x .8, item 1 1 + .8
    length = np.hypot(0.64, 1.8)
    assert three == pytest.approx([0.64 / length, 1.8 / length, 0])
