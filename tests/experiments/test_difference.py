"""The interval holds what it says, users are the unit, and wrong sizes are told."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.experiments.difference import difference, figures, ratio_p

N = 400


def _people(rng: np.random.Generator, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Some visit once and some often, and each has a taste of their own."""
    shown = 10.0 * rng.geometric(0.3, N)
    taste = rng.beta(2, 2 / rate - 2, N)
    return shown, rng.binomial(shown.astype(int), taste).astype(float)


def test_figures_by_hand() -> None:
    """x = 1, 3 of n = 10, 10: rate .2, residuals -1, 1, their variance 2."""
    found = figures(np.array([10.0, 10.0]), np.array([1.0, 3.0]))
    assert (found.users, found.shown, found.taken) == (2, 20, 4)
    assert found.rate == pytest.approx(0.2)
    assert found.error == pytest.approx(0.1)
    assert found.buyers == 1


def test_of_equal_groups_hardly_any_are_called_different() -> None:
    """1,000 draws at 95 %: 5 % within 4 deviations of chance; by items 25 % would be."""
    rng = np.random.default_rng(0)
    wrong = sum(
        difference(
            {"a": _people(rng, 0.05), "b": _people(rng, 0.05)}, 0.5, level=0.95
        ).different
        for _ in range(1_000)
    )
    assert 0.05 - 0.028 < wrong / 1_000 < 0.05 + 0.028


def test_a_difference_that_is_there_is_found() -> None:
    rng = np.random.default_rng(1)
    found = difference({"a": _people(rng, 0.05), "b": _people(rng, 0.1)}, 0.5)
    assert found.different
    assert found.low < 0.05 < found.high
    assert found.p < 0.01
    assert found.lift == pytest.approx(found.difference / found.a.rate)


def test_groups_of_the_wrong_size_are_told_and_decide_nothing() -> None:
    rng = np.random.default_rng(2)
    shown, taken = _people(rng, 0.2)
    found = difference({"a": _people(rng, 0.05), "b": (shown[:250], taken[:250])}, 0.5)
    assert not found.balanced
    assert not found.different
    assert ratio_p(500, 500, 0.5) == 1
    assert ratio_p(900, 100, 0.1) == 1


def test_nothing_is_known_of_nobody() -> None:
    none = np.zeros(0)
    found = difference({"a": (none, none), "b": (none, none)}, 0.5)
    assert not found.different
    assert found.p == 1
    nothing = np.full(5, 10.0), np.zeros(5)
    assert not difference({"a": nothing, "b": nothing}, 0.5).different
