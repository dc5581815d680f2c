"""Cells miss little, and nothing where all of them are looked through."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.graph.cells import Cells, keys
from basketweave.graph.centres import centres, nearest_centre
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import unit


@pytest.fixture(scope="module")
def rows() -> FloatArray:
    """Vectors (6000, 16) in a hundred themes."""
    random = np.random.default_rng(0)
    theme = random.normal(size=(100, 16))[random.integers(100, size=6000)]
    return unit(theme + 0.5 * random.normal(size=theme.shape))


@pytest.fixture(scope="module")
def cells(rows: FloatArray) -> Cells:
    middle = centres(rows)
    return Cells.of(middle, nearest_centre(middle, rows), np.arange(len(rows)), rows)


def found(cells: Cells, vector: FloatArray, least: int) -> set[int]:
    place, nearly = cells.near(vector, least)
    return {*place[np.argsort(-nearly)[:20]].tolist()}


def test_a_fifth_of_the_vectors_has_nearly_all_neighbours(
    rows: FloatArray, cells: Cells
) -> None:
    asked = rows[:50]
    wanted = [{*np.argsort(-(rows @ one))[:20].tolist()} for one in asked]
    some = [found(cells, one, 1200) for one in asked]
    hits = sum(len(a & b) for a, b in zip(wanted, some, strict=True))
    assert hits >= 0.98 * 50 * 20
    assert all(
        found(cells, one, 6000) == w for one, w in zip(asked, wanted, strict=True)
    )


def test_no_more_cells_are_looked_through_than_are_asked_for(cells: Cells) -> None:
    place, nearly = cells.near(cells.centres[0], 300)
    assert 300 <= len(place) == len(nearly) <= 300 + np.diff(cells.ends).max()
    assert len(set(place.tolist())) == len(place)


def test_what_came_later_is_always_looked_at(rows: FloatArray, cells: Cells) -> None:
    more = cells.with_later(np.array([6000]), -rows[:1])
    assert 6000 in more.near(rows[0], 1)[0]
    assert 6000 in found(more, -rows[0], 1)
    assert 6000 not in cells.near(rows[0], 6000)[0]


def test_a_key_is_that_of_one_vector(rows: FloatArray) -> None:
    assert len(np.unique(keys(rows))) == len(np.unique(rows, axis=0))
    np.testing.assert_array_equal(keys(rows[5:9]), keys(rows)[5:9])
