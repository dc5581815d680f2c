"""A shop small enough to know every row by hand, on both stores.

It is the 40th day: ann bought milk every ten days, and bread and jam at last.

    bread -CO_PURCHASED .5-> butter     bread -CO_PURCHASED .2-> jam
    butter -CO_PURCHASED .5-> bread     tea -CO_PURCHASED .1-> butter
    milk -FOLLOWED_BY .4-> bread        milk -FOLLOWED_BY .1-> tea
    bread -FOLLOWED_BY .3-> tea

Cake was never bought, and soap has no title, category or vector either. Vectors stand in
a plane.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.graph import GraphStore, ModelCard, Vectors, connect
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from basketweave.neo4j_server import ServerInfo
from tests.servers import alone_on

FIRST = 1_704_067_200  # 2024-01-01
USERS = {"ann": "young", "bob": "young", "cat": "old", "dan": "old", "eve": "old"}
# title, category, brand, popularity
ITEMS: dict[str, tuple[str | None, str | None, str | None, float]] = {
    "bread": ("Bread", "food/bakery", "South", 5.0),
    "butter": ("Butter", "food/dairy", "North", 4.0),
    "cake": ("Cake", "food/bakery", None, 0.0),
    "jam": ("Jam", "food/bakery", "South", 3.0),
    "milk": ("Milk", "food/dairy", "North", 6.0),
    "soap": (None, None, None, 0.0),
    "tea": ("Tea", "drinks", None, 2.0),
}
BOUGHT = {
    "ann": {"milk": [0, 10, 20, 30], "bread": [30], "jam": [29]},
    "bob": {"milk": [5], "bread": [30], "butter": [30]},
    "cat": {"bread": [38], "butter": [39], "tea": [39]},
    "dan": {"tea": [40]},
}
TOGETHER = [
    ("bread", "butter", 2, 0.5),
    ("butter", "bread", 2, 0.5),
    ("bread", "jam", 1, 0.2),
    ("tea", "butter", 1, 0.1),
]
NEXT = [("milk", "bread", 2, 0.4), ("milk", "tea", 1, 0.1), ("bread", "tea", 1, 0.3)]
PLANE = {
    "ann": (0, 1), "bob": (0.6, 0.8), "cat": (1, 0), "dan": (-1, 0),
    "bread": (1, 0), "butter": (0.8, 0.6), "jam": (0.6, 0.8), "milk": (0, 1),
    "tea": (-1, 0), "cake": (0.96, 0.28),
}  # fmt: skip
TITLES = "db.index.fulltext.awaitEventuallyConsistentIndexRefresh"
OTHER = {"ann": (1, 0), "bread": (1, 0), "milk": (0.8, 0.6), "jam": (0, 1)}


@pytest.fixture(scope="session")
def ladybug_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    with connect(tmp_path_factory.mktemp("shop") / "shop.lbug") as store:
        yield filled(store)


@pytest.fixture(scope="module")
def neo4j_shop(neo4j_server: ServerInfo) -> Iterator[GraphStore]:
    """The shop on the server of all tests, which others wait for meanwhile."""
    with alone_on(neo4j_server) as store:
        filled(store).run(f"CALL {TITLES}()")
        yield store


@pytest.fixture(params=["ladybug", "neo4j"])
def shop(request: pytest.FixtureRequest) -> GraphStore:
    """The shop on a store, which is made once."""
    store: GraphStore = request.getfixturevalue(f"{request.param}_shop")
    return store


def filled(store: GraphStore) -> GraphStore:
    """The store with the shop in it."""
    store.load(_tables())
    for kind, given in (("CO_PURCHASED", TOGETHER), ("FOLLOWED_BY", NEXT)):
        columns = ["src", "dst", "support", "weight"]
        edges = pl.DataFrame(given, schema=columns, orient="row")
        if kind == "CO_PURCHASED":
            edges = edges.with_columns(lift=pl.col("support").cast(pl.Float64))
        store.write_item_edges(kind, edges, as_of=None)
    popularity = [popular for *_, popular in ITEMS.values()]
    store.write_item_scores(pl.DataFrame({"id": list(ITEMS), "popularity": popularity}))
    store.publish(_vectors("plane", "gnn", PLANE))
    store.publish(_vectors("other", "content", OTHER))
    return store


def _tables() -> Tables:
    rows = [
        (user, item, FIRST + day * DAY)
        for user, items in BOUGHT.items()
        for item, days in items.items()
        for day in days
    ]
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    titles, categories, brands, _ = zip(*ITEMS.values(), strict=True)
    return Tables(
        name="shop",
        users=pl.DataFrame({"id": list(USERS), "age": list(USERS.values())}),
        items=pl.DataFrame({"id": list(ITEMS), "title": titles, "brand": brands}),
        categories=pl.DataFrame(
            {
                "id": ["food", "food/dairy", "food/bakery", "drinks"],
                "name": ["food", "dairy", "bakery", "drinks"],
                "parent": [None, "food", "food", None],
            }
        ),
        in_category=pl.DataFrame(
            {"item": list(ITEMS), "category": categories}
        ).drop_nulls(),
        events=events.with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(1.0)),
    )


def _vectors(name: str, part: Any, plane: dict[str, tuple[float, float]]) -> Vectors:
    users = [one for one in plane if one in USERS]
    items = [one for one in plane if one in ITEMS]
    return Vectors(
        ModelCard(name, part=part),
        pl.Series("id", users),
        pl.Series("id", items),
        np.array([plane[one] for one in users], np.float32),
        np.array([plane[one] for one in items], np.float32),
    )
