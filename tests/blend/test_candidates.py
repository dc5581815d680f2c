"""Which items a request scores."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.blend.candidates import Offer, candidates, first, reach
from basketweave.graph.known import Known


@pytest.mark.parametrize(
    ("known", "found"), [("new", [2, 3]), ("again", [0, 1]), ("any", [0, 1, 2, 3])]
)
def test_candidates_are_those_of_the_kind_asked(known: Known, found: list[int]) -> None:
    # 0 and 1 were bought, the walk reaches 1 and 2, item 3 is popular
    walked = np.array([1, 2]), np.array([0.5, 0.4], np.float32)
    offered = Offer(known).mask(4, np.array([0, 1]))
    popular = first(np.array([3]), offered, 10)
    given = candidates(np.array([0, 1]), walked, [popular], offered, 10)
    assert given.tolist() == found


def test_the_walks_equals_of_the_last_one_count_too() -> None:
    walked = np.array([0, 1, 2]), np.array([2, 1, 1], np.float32)
    offered, nothing = np.ones(3, bool), np.array([], int)
    assert candidates(nothing, walked, [], offered, 2).tolist() == [0, 1, 2]


def test_the_first_offered_are_found_however_far_down_they_stand() -> None:
    ranked, offered = np.arange(1_000)[::-1], np.zeros(1_000, bool)
    offered[[7, 500, 3]] = True
    assert first(ranked, offered, 2).tolist() == [500, 7]
    assert first(ranked, offered, 5).tolist() == [500, 7, 3]
    assert first(ranked, offered, 0).tolist() == []


def test_the_largest_are_reached_with_their_equals() -> None:
    values = np.array([0, 2, 3, 2, -1], np.float32)
    assert reach(values, 2).tolist() == [1, 2, 3]
    assert reach(values, 1, margin=1).tolist() == [1, 2, 3]
    assert reach(values, 5).tolist() == [0, 1, 2, 3, 4]
    assert reach(values, 0).tolist() == []
