"""The blend's arithmetic, beside numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.blend.candidates import first
from basketweave.blend.catalogue import id_order
from basketweave.blend.parts import Parts
from basketweave.blend.score import blend
from basketweave.blend.sources import by_popularity


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
