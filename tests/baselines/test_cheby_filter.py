"""Chebyshev filters on graphs small enough for the whole spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.baselines.cheby_filter import ChebyFilter, ChebyFilterConfig, plateau
from basketweave.errors import UsageError
from basketweave.graph.subgraph import FloatArray, Subgraph
from tests.graphs import events_graph

EVERYONE = np.arange(30)


def shop() -> tuple[Subgraph, FloatArray]:
    """Thirty users and twenty items, and their matrix (U, I)."""
    hit = np.random.default_rng(0).random((30, 20)) < 0.3
    hit[EVERYONE, EVERYONE % 20] = True  # nobody without an event
    return events_graph(np.argwhere(hit), 30, 20), hit.astype(np.float32)


def by_the_spectrum(
    rows: FloatArray, given: ChebyFilterConfig, ideal: int
) -> FloatArray:
    """What the filter stands for, from all eigenvectors (Kim et al., section 4)."""
    by_user, by_item = rows.sum(axis=1), rows.sum(axis=0)
    matrix = rows / by_user[:, None] ** given.user_power / by_item**given.item_power
    _, s, v = np.linalg.svd(matrix, full_matrices=False)
    gain = plateau(given.flatness)((s / s[0]) ** 2)
    gain[:ideal] += given.low_pass
    degree = by_item**given.shift
    return ((rows / degree) @ v.T * gain) @ v * degree


def test_the_plateau_falls_from_one_to_zero_and_is_flat_between() -> None:
    at = np.array([1, 0.625, 0.5, 0.375, 0])
    np.testing.assert_allclose(plateau(2)(at), [1, 0.53125, 0.5, 0.46875, 0])


def test_a_polynomial_of_high_order_is_the_plateau_and_the_ideal_pass() -> None:
    train, rows = shop()
    config = ChebyFilterConfig.as_published(order=60, rank=5, flatness=3)
    found = ChebyFilter(config).fit(train).score(EVERYONE)
    np.testing.assert_allclose(found, by_the_spectrum(rows, config, 5), atol=1e-3)


def test_the_deflated_directions_are_filtered_exactly() -> None:
    # With all directions deflated nothing is left for the polynomial.
    train, rows = shop()
    config = ChebyFilterConfig(rank=20)
    found = ChebyFilter(config).fit(train).score(EVERYONE)
    np.testing.assert_allclose(found, by_the_spectrum(rows, config, 20), atol=1e-4)


def test_a_low_order_is_closer_where_directions_are_deflated() -> None:
    train, rows = shop()
    config = ChebyFilterConfig(rank=6, order=2)
    plain = config.model_copy(update={"deflate": False})
    exact = by_the_spectrum(rows, config, 6)
    near, far = (
        np.abs(ChebyFilter(c).fit(train).score(EVERYONE) - exact).max()
        for c in (config, plain)
    )
    assert near < 0.5 * far


def test_an_unfitted_filter_tells_what_to_call() -> None:
    with pytest.raises(UsageError, match=r"Call fit\(train\)"):
        ChebyFilter().score(EVERYONE)
