"""Each user's first candidates: the best first, equals by the order of ids."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.blend.parts import Parts
from basketweave.blend.rules import Caps
from basketweave.blend.score import best

ORDER = np.array([2, 1, 0])
"""Item 2 has the first id, item 0 the last."""
SCORE = np.array([0.5, 0.5, 0.9, 0.3, 0.3], np.float32)


@pytest.fixture
def parts() -> Parts:
    """The first user may have items 0, 1 and 2, the second 0 and 2."""
    return Parts(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 2]), {})


def test_equals_stand_by_their_ids_and_each_user_gets_k(parts: Parts) -> None:
    assert best(parts, SCORE, ORDER, 9).tolist() == [2, 1, 0, 4, 3]
    assert best(parts, SCORE, ORDER, 2).tolist() == [2, 1, 4, 3]
    assert best(parts, SCORE, ORDER, 1).tolist() == [2, 4]


def test_caps_count_anew_for_each_user(parts: Parts) -> None:
    one = Caps([(np.array([0, 0, 0]), 1)])
    assert best(parts, SCORE, ORDER, 9, one).tolist() == [2, 4]
    two = Caps([(np.array([0, 1, 1]), 1)])
    assert best(parts, SCORE, ORDER, 9, two).tolist() == [2, 0, 4, 3]
