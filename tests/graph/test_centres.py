"""Each vector has a centre near to it, whether all are compared or a group's."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from basketweave.graph import centres as module
from basketweave.graph.cells import Cells
from basketweave.graph.centres import centres, nearest_centre
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import unit


def at(*degrees: float) -> FloatArray:
    """Unit vectors (P, 2) in these directions."""
    angle = np.radians(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def test_of_few_centres_all_are_compared() -> None:
    found = nearest_centre(at(0, 90, 180), at(44, 46, 134, 136))
    assert found.tolist() == [0, 1, 1, 2]
    assert nearest_centre(at(0, 90), at()).tolist() == []


def test_a_vector_is_compared_with_what_is_near_to_the_middle_of_its_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Six centres, in two groups whose middles are 10 and 100 degrees.

    With three compared, 48 degrees is of the group of 10, where 0, 10 and 20 are nearest
    to the middle: it is put to 20, though 70 would be 22 degrees off, and 20 is 28. With
    four, 70 is the next nearest to 10, and found.
    """
    six = at(0, 10, 20, 70, 100, 130)
    monkeypatch.setattr(module, "_means", lambda *_: at(10, 100))
    monkeypatch.setattr(module, "COMPARED", 3)
    assert nearest_centre(six, at(4, 48, 60, 120)).tolist() == [0, 2, 3, 5]
    monkeypatch.setattr(module, "COMPARED", 4)
    assert nearest_centre(six, at(4, 48, 60, 120)).tolist() == [0, 3, 3, 5]


@given(
    st.integers(1, 300),
    st.integers(3, 40),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=60)
def test_each_vector_has_a_centre_and_is_found_when_all_cells_are_looked_through(
    n: int, compared: int, d: int, seed: int
) -> None:
    rows = unit(np.random.default_rng(seed).normal(size=(n, d)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "COMPARED", compared)
        patch.setattr(module, "GROUPED", 3)
        middle = centres(rows)
        cell = nearest_centre(middle, rows)
    assert cell.shape == (n,)
    assert ((cell >= 0) & (cell < len(middle))).all()
    cells = Cells.of(middle, cell, np.arange(n), rows)
    for one in rows[:5]:
        place, product = cells.near(one, n)
        assert sorted(place.tolist()) == [*range(n)]
        np.testing.assert_allclose(product, rows[place] @ one, atol=1e-6)


def test_nearly_all_vectors_have_their_nearest_of_many_centres(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(0)
    theme = random.normal(size=(100, 16))[random.integers(100, size=6000)]
    rows = unit(theme + 0.5 * random.normal(size=theme.shape))
    monkeypatch.setattr(module, "COMPARED", 80)
    middle = centres(rows)
    assert len(middle) == 308
    every = (rows @ middle.T).argmax(axis=1)
    assert (nearest_centre(middle, rows) == every).mean() > 0.9
