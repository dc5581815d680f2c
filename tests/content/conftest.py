"""A small shop whose texts say which of two tastes an item is for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Edges, Events, Subgraph

TITLES = [
    "Fresh green apple juice",
    "Apple and pear juice",
    "Pear jam with apple",
    "Claw hammer of steel",
    "Steel screwdriver",
    "Hammer and screwdriver set",
    None,
    "   ",
]


@pytest.fixture
def shop() -> Subgraph:
    """Items 0 to 2 are fruit, 3 to 5 tools, 6 and 7 have no text.

    ann bought 0 then 1, bob 3 then 4, cat 6 alone, dan nothing. 2, 5 and 7 are new.
    """
    rows = [(0, 0, 1), (0, 1, 2), (1, 3, 1), (1, 4, 2), (2, 6, 3)]
    user, item, time = np.array(rows, np.int64).T
    ids = pl.Series([f"i{n}" for n in range(len(TITLES))])
    graph = Subgraph(
        ids={
            "User": pl.Series(["ann", "bob", "cat", "dan"]),
            "Item": ids,
            "Category": pl.Series(["Food > Drinks", "Tools"]),
            "Brand": pl.Series(["Orchard"]),
        },
        events={PURCHASED: Events(user, item, time, np.ones(5, np.float32))},
        edges={
            ("Item", "IN_CATEGORY", "Category"): Edges(
                np.array([[0, 1, 3], [0, 0, 1]])
            ),
            ("Item", "MADE_BY", "Brand"): Edges(np.array([[0], [0]])),
        },
    )
    return graph.described(pl.DataFrame({"id": ids, "title": TITLES}))
