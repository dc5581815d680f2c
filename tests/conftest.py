"""Fixtures that more than one test file uses: small data with known results."""

from __future__ import annotations

import polars as pl
import pytest

from basketweave.loaders.tables import Tables

DAY = 86_400


@pytest.fixture
def checkerboard() -> Tables:
    """Five users and six items; user u bought item i where u + i is even.

    So ann, cat and eve share a, c and e, while bob and dan share b, d and f. Each
    bought one item a day, in alphabetical order, and ann bought `a` twice.
    """
    users = ["ann", "bob", "cat", "dan", "eve"]
    items = ["a", "b", "c", "d", "e", "f"]
    rows = [
        (user, item, (1 + n) * DAY)
        for u, user in enumerate(users)
        for n, item in enumerate(items)
        if (u + n) % 2 == 0
    ]
    rows.append(("ann", "a", 9 * DAY))
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    return Tables(
        name="checkerboard",
        users=pl.DataFrame({"id": users}),
        items=pl.DataFrame(
            {
                "id": items,
                "title": [f"Item {i.upper()}" for i in items],
                "brand": ["North", "South", "North", "South", "North", None],
                "price": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            }
        ),
        categories=pl.DataFrame(
            {
                "id": ["food", "food/fruit", "food/bread"],
                "name": ["food", "fruit", "bread"],
                "parent": [None, "food", "food"],
            }
        ),
        in_category=pl.DataFrame(
            {"item": items, "category": ["food/fruit", "food/bread"] * 3}
        ),
        events=events.with_columns(
            kind=pl.lit("PURCHASED"), value=pl.lit(1.0), time=pl.col("time")
        ),
    )
