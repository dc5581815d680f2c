"""How often items are bought again, by hand."""

from __future__ import annotations

import pytest

from basketweave.graph.derive import (
    rebuy,
)
from tests.graphs import events


def test_rebuy_is_drawn_towards_the_mean() -> None:
    bought = events([(0, 0, 10), (0, 0, 15), (0, 1, 0), (1, 1, 20)])
    found = rebuy(bought, 3, days=10, windows=1, half_life=10, prior=1)
    # before day 10: 1 of item 0, .5 of item 1; one rebuy, so the mean is 1 / 1.5
    assert found == pytest.approx([(1.5 + 1) / (1 + 1), 1 / (0.5 + 1), 1])


def test_rebuys_of_a_later_window_do_not_count_in_an_earlier_one() -> None:
    bought = events([(0, 0, 0), (0, 0, 20), (1, 1, 5), (1, 1, 8)])
    found = rebuy(bought, 2, days=10, windows=2, half_life=10, prior=1)
    # before day 10: .5 of item 0, two of item 1; before day 0 (included): 1 of item 0.
    # One rebuy, on day 20, which is after the window from day 0 to day 10.
    other = 0.5**0.5 + 0.5**0.2
    held = 1.5 + other
    assert found == pytest.approx([(held + 1) / (1.5 + 1), 1 / (other + 1)])


def test_rebuy_is_usual_for_all_where_nothing_was_bought_again() -> None:
    assert rebuy(events([(0, 0, 1), (1, 1, 90)]), 2).tolist() == [1, 1]
