"""A small shop whose texts say which of two tastes an item is for."""

from __future__ import annotations

import polars as pl
import pytest

from basketweave.graph.subgraph import Subgraph
from tests.graphs import events_graph

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
    graph = events_graph(
        rows,
        ["ann", "bob", "cat", "dan"],
        len(TITLES),
        unit=1,
        catalogue={"IN_CATEGORY": [(0, 0), (1, 0), (3, 1)], "MADE_BY": [(0, 0)]},
        Category=["Food > Drinks", "Tools"],
        Brand=["Orchard"],
    )
    return graph.described(pl.DataFrame({"id": graph.ids["Item"], "title": TITLES}))
