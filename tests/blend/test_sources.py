"""The most popular, equals in their order."""

from __future__ import annotations

import numpy as np

from basketweave.blend.sources import by_popularity


def test_the_most_popular_come_first_and_equals_stand_in_their_order() -> None:
    values = np.array([0, 2, 3, 2, -1], np.float32)
    order = np.array([0, 3, 2, 1, 4])
    assert by_popularity(values, order).tolist() == [2, 3, 1, 0, 4]
