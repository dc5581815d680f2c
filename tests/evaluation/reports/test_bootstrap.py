"""Intervals from resampling."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.evaluation import (
    interval,
    intervals,
)


def test_an_interval_holds_its_mean_and_is_the_same_for_the_same_seed() -> None:
    values = np.random.default_rng(0).random(500).astype(np.float32)
    found = interval(values)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(values.mean())
    assert found == interval(values) != interval(values, seed=1)


def test_an_interval_is_that_of_the_normal_law_for_many_users() -> None:
    values = np.random.default_rng(0).normal(1, 2, 4000).astype(np.float32)
    found = interval(values, resamples=4000)
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert found.high - found.mean == pytest.approx(half, rel=0.08)
    assert found.mean - found.low == pytest.approx(half, rel=0.08)


def test_intervals_do_not_depend_on_how_many_are_drawn_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    whole = intervals(values)
    monkeypatch.setattr("basketweave.evaluation.reports.bootstrap.DRAWS", 700)
    assert intervals(values) == pytest.approx(whole)


def test_a_paired_difference_is_clear_where_single_intervals_overlap() -> None:
    rng = np.random.default_rng(0)
    one = rng.random(300).astype(np.float32)
    other = one + rng.normal(0.01, 0.01, 300).astype(np.float32)
    assert interval(one).high > interval(other).low
    assert interval(other - one).clear
    assert not interval(one - one).clear
