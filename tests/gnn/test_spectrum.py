"""The spectrum of a purchase graph, on matrices whose spectrum is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.gnn import spectrum
from basketweave.graph.interactions import EventLog, Interactions
from basketweave.moments import DAY


def pairs(rows: list[tuple[int, int, int]], shape: tuple[int, int]) -> Interactions:
    """Pairs from (user, item, day of the purchase)."""
    user, item, day = np.array(sorted(rows), np.int64).T
    log = EventLog(user * shape[1] + item, day * DAY, shape)
    return log.pairs()


DIAGONAL = pairs([(0, 1, 0), (1, 0, 0), (2, 2, 0)], (3, 4))


def test_the_spectrum_of_a_diagonal_is_its_entries() -> None:
    found = spectrum.spectrum(DIAGONAL, np.array([3.0, 1, 2], np.float32), 3, 0, 0)
    np.testing.assert_allclose(found.values, [3, 2, 1], atol=1e-5)
    np.testing.assert_allclose(abs(found.users), np.eye(3)[[0, 2, 1]].T, atol=1e-5)
    np.testing.assert_allclose(abs(found.items[1]), [1, 0, 0], atol=1e-5)
    assert found.power == pytest.approx((9 + 1 + 4) / 3)


def test_degrees_scale_the_rows_and_columns() -> None:
    # D_u = diag(4, 9): 4 / 4^½ = 2 and 9 / 9^½ = 3; by both sides 1 and 1.
    two = pairs([(0, 0, 0), (1, 1, 0)], (2, 2))
    entries = np.array([4.0, 9], np.float32)
    by_rows = spectrum.spectrum(two, entries, 2, 0.5, 0)
    np.testing.assert_allclose(by_rows.values, [3, 2], atol=1e-5)
    by_both = spectrum.spectrum(two, entries, 2, 0.5, 0.5)
    np.testing.assert_allclose(by_both.values, [1, 1], atol=1e-5)


def test_the_gain_keeps_directions_that_stand_out_of_the_noise() -> None:
    eye = np.eye(2, dtype=np.float32)
    found = spectrum.Spectrum(eye, np.array([3, 1], np.float32), eye, power=2)
    np.testing.assert_allclose(found.gain(0), [1, 1])
    np.testing.assert_allclose(found.gain(1.5), [9 / 12, 1 / 4])


def test_directions_that_do_not_exist_are_zeros() -> None:
    found = spectrum.spectrum(DIAGONAL, np.ones(3, np.float32), 5, 0, 0)
    assert found.users.shape == (3, 5)
    assert found.items.shape == (4, 5)
    assert not found.users[:, 3:].any()
    assert not found.values[3:].any()


@pytest.mark.parametrize("shape", [(30, 20), (20, 30)])
def test_large_matrices_get_the_same_directions_by_a_randomised_svd(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    hit = np.argwhere(rng.random(shape) < 0.4)
    some = pairs([(u, i, 0) for u, i in hit], shape)
    values = rng.random(len(some)).astype(np.float32)
    exact = spectrum.spectrum(some, values, 3, 0.5, 0)
    monkeypatch.setattr(spectrum, "EXACT", 5)
    random = spectrum.spectrum(some, values, 3, 0.5, 0)
    np.testing.assert_allclose(random.values, exact.values, rtol=0.02)
    agreement = abs((random.users * exact.users).sum(axis=0))
    assert (agreement > 0.95).all()
    np.testing.assert_allclose(
        exact.users * exact.values,
        some.matrix(values * some.matrix(values).sum(axis=1)[some.user] ** -0.5)
        @ exact.items,
        atol=1e-4,
    )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), rank=st.integers(1, 6))
def test_a_rotation_is_found_again(seed: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    basis = rng.normal(size=(9, rank)).astype(np.float32)
    turn, _ = np.linalg.qr(rng.normal(size=(rank, rank)))
    found = spectrum.rotation(basis, (basis @ turn).astype(np.float32))
    np.testing.assert_allclose(found, turn, atol=1e-3)
