"""The blend's arithmetic, candidates and `repeat`, beside numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.blend.candidates import Offer, candidates, first, reach
from basketweave.blend.catalogue import id_order
from basketweave.blend.parts import Parts
from basketweave.blend.repeat import history
from basketweave.blend.score import blend
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import by_popularity
from basketweave.graph.known import Known
from basketweave.graph.subgraph import Events


@pytest.fixture
def parts() -> Parts:
    """Two users: the first with three candidates, the second with two."""
    raw = {"graph": [2, 4, 0, 1, 0.5], "gnn": [-1, 0, 1, 0.2, 0.6]}
    return Parts(
        np.array([0, 0, 0, 1, 1]),
        np.array([0, 1, 2, 0, 2]),
        {name: np.array(part, np.float32) for name, part in raw.items()},
    )


def test_counts_are_relative_to_each_users_largest(parts: Parts) -> None:
    assert parts.values(1)["graph"].tolist() == [0.5, 1, 0, 1, 0.5]


def test_cosines_go_from_each_users_lowest_to_the_highest(parts: Parts) -> None:
    assert parts.values(1)["gnn"] == pytest.approx([0, 0.5, 1, 0, 1])


def test_the_power_is_taken_after_scaling(parts: Parts) -> None:
    found = parts.values(0.5)["graph"]
    assert found == pytest.approx([0.5**0.5, 1, 0, 1, 0.5**0.5])


def test_without_scaling_a_part_is_as_it_is_above_zero(parts: Parts) -> None:
    found = parts.values(1, scaled=False)["gnn"]
    assert found == pytest.approx([0, 0, 1, 0.2, 0.6])


def test_the_score_is_the_weighted_sum(parts: Parts) -> None:
    found = blend(parts, {"graph": 0.75, "gnn": 0.25}, 1)
    assert found == pytest.approx([0.375, 0.875, 0.25, 0.75, 0.625])


def test_equals_are_ranked_by_id() -> None:
    order = id_order(pl.Series(["c", "a", "b"]))
    assert order.tolist() == [2, 0, 1]
    ranked = by_popularity(np.array([1, 1, 1], np.float32), order)
    assert first(ranked, np.ones(3, bool), 2).tolist() == [1, 2]


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


def test_the_most_popular_come_first_and_equals_stand_in_their_order() -> None:
    values = np.array([0, 2, 3, 2, -1], np.float32)
    order = np.array([0, 3, 2, 1, 4])
    assert by_popularity(values, order).tolist() == [2, 3, 1, 0, 4]


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
