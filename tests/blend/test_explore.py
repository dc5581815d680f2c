"""Explored places: drawn as the seed says, with the probabilities that are logged."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basketweave.blend.explore import ListPlace, explored

POPULARITY = np.arange(20, 0, -1).astype(np.float32)


def test_without_a_share_the_ranking_stands() -> None:
    assert explored(POPULARITY, 3, 4, 0.0, "s") == [ListPlace(n) for n in range(4)]


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    lists = [explored(POPULARITY, 3, 8, 0.5, seed) for seed in ("ann", "ann", "bob")]
    assert lists[0] == lists[1] != lists[2]


@pytest.mark.parametrize(
    ("n", "new"), [(20, 3), (20, 0), (5, 6), (3, 6), (6, 0), (0, 4)]
)
def test_the_logged_probability_is_how_often_an_item_comes(n: int, new: int) -> None:
    """5 places, 30 % to explore: 4,000 draws, each frequency within 4 deviations."""
    draws = [explored(POPULARITY[:n], new, 5, 0.3, str(seed)) for seed in range(4_000)]
    came = Counter(place.row for places in draws for place in places)
    logged = {place.row: place.propensity for places in draws for place in places}
    for row, chance in logged.items():
        off = 4 * np.sqrt(chance * (1 - chance) / len(draws))
        assert came[row] / len(draws) == pytest.approx(chance, abs=off + 1e-6)
    assert set(logged) <= set(range(n + new))
    if n == 20:
        assert set(logged) == set(range(n + new))


def test_little_known_and_new_items_come_most() -> None:
    draws = [explored(POPULARITY, 2, 4, 0.5, str(seed)) for seed in range(500)]
    drawn = Counter(p.row for places in draws for p in places if p.explored)
    little = sum(drawn[row] for row in range(12, 22))
    assert little / sum(drawn.values()) == pytest.approx(0.75, abs=0.05)


@given(
    st.integers(0, 30),
    st.integers(0, 10),
    st.integers(1, 40),
    st.floats(0, 1),
    st.text(),
)
def test_no_item_comes_twice_and_k_come_where_there_are(
    n: int, new: int, k: int, share: float, seed: str
) -> None:
    popularity = np.random.default_rng(n).integers(0, 3, n).astype(np.float32)
    places = explored(popularity, new, k, share, seed)
    rows = [place.row for place in places]
    assert len(set(rows)) == len(rows) <= k
    assert len(rows) >= min(k, n)
    assert all(0 < place.propensity <= 1 + 1e-6 for place in places)
