"""What a scorer is told of users and items."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.errors import DataError
from basketweave.graph.subgraph import Edges, Subgraph
from basketweave.ranking import (
    Features,
)


def test_features_are_ids_categories_with_their_parents_and_attributes() -> None:
    edges = {
        ("Item", "IN_CATEGORY", "Category"): Edges(np.array([[0, 1], [1, 0]])),
        ("Category", "SUBCATEGORY_OF", "Category"): Edges(np.array([[1], [0]])),
    }
    ids = {
        "User": pl.Series(["u0"]),
        "Item": pl.Series(["i0", "i1"]),
        "Category": pl.Series(["food", "fruit"]),
    }
    items = pl.DataFrame({"id": ["i0", "i1"], "size": ["big", "big"]})
    found = Features.of(Subgraph(ids=ids, events={}, edges=edges), items=items)
    assert [field.name for field in found.items] == ["id", "category"]  # one size: none
    category = found.items[1].values
    assert [sorted(row) for row in category.tolist()] == [[1, 2], [0, 1], [0, 0]]


def test_numbers_are_cut_into_bins_and_names_are_left_out() -> None:
    ids = [f"u{n}" for n in range(40)]
    graph = Subgraph(ids={"User": pl.Series(ids), "Item": pl.Series(["i"])}, events={})
    users = pl.DataFrame({"id": ids, "age": range(40), "name": ids})
    found = Features.of(graph, users)
    assert [(field.name, field.size) for field in found.users] == [
        ("id", 41),
        ("age", 9),
    ]
    with pytest.raises(DataError, match="id"):
        Features.of(graph, users.drop("id"))
