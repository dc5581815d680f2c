"""Arrays with a row more say what arrays say that were read with it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp

from basketweave.blend.catalogue import Catalogue
from basketweave.blend.growth import (
    ROOM,
    grown_catalogue,
    grown_ranks,
    grown_steps,
    grown_vectors,
)
from basketweave.blend.sources import by_popularity
from basketweave.blend.space import ItemVectors
from basketweave.graph.subgraph import Subgraph

NAMES = ("names", "title", "position", "order", "popularity", "rebuy", "price")
CACHED = (*NAMES, "in_stock", "knows_stock", "brand", "category")


def catalogue(*rows: tuple[str, str | None, float | None]) -> Catalogue:
    items = pl.DataFrame(
        rows,
        schema={"id": pl.String, "title": pl.String, "popularity": pl.Float64},
        orient="row",
    )
    more = items.with_columns(
        price=pl.col("popularity") * 2, inStock=pl.col("popularity") > 1
    )
    return Catalogue(Subgraph({"Item": items["id"]}, {}, items=more))


OLD = [("b", "B", 2.0), ("d", None, None), ("f", "F", 3.0), ("h", "H", 0.0)]


@pytest.mark.parametrize(
    "new", [["e"], ["z"], ["a"], ["g", "c"], [f"n{k}" for k in range(30)]]
)
@pytest.mark.parametrize("read", [True, False])
def test_a_grown_catalogue_is_as_one_that_was_read(new: list[str], read: bool) -> None:
    old = catalogue(*OLD)
    if read:
        for name in CACHED:
            getattr(old, name)
    ranked = by_popularity(old.popularity, old.order)
    grown = old
    for one in (new[:1], new[1:]):
        grown = grown_catalogue(grown, one)
        ranked = grown_ranks(ranked, grown)
    wanted = catalogue(*OLD, *((name, None, None) for name in new))
    assert grown.ids.to_list() == wanted.ids.to_list()
    for name in CACHED:
        found, want = getattr(grown, name), getattr(wanted, name)
        if isinstance(want, np.ndarray):
            np.testing.assert_array_equal(found, want)
            assert found.dtype == want.dtype
        else:
            assert (dict(found) if name == "position" else found) == want
    np.testing.assert_array_equal(
        ranked, by_popularity(wanted.popularity, wanted.order)
    )
    assert len(old) == 4


def test_grown_relationships_have_empty_rows_and_columns() -> None:
    matrix = sp.csr_array(np.array([[0, 2.0], [1.0, 0]], np.float32))
    found = grown_steps(matrix, 4)
    assert found.shape == (4, 4)
    np.testing.assert_array_equal(found.toarray()[:2, :2], matrix.toarray())
    assert found.sum() == 3


def test_grown_vectors_are_copied_once_for_many() -> None:
    old = ItemVectors(np.eye(3, dtype=np.float32))
    across = old.across
    one = grown_vectors(old, 4)
    many = grown_vectors(one, 3 + ROOM)
    beyond = grown_vectors(many, 5 + 2 * ROOM)
    assert one.across is across
    assert many.rows.base is one.rows.base
    for grown in (one, many, beyond):
        np.testing.assert_array_equal(grown.rows[:3], np.eye(3))
        assert not grown.rows[3:].any()
        np.testing.assert_array_equal(grown.placed, [0, 1, 2])
    assert len(old.rows) == 3
