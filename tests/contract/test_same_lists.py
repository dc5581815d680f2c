"""What is served, what everyone's lists hold and what is evaluated are one ranking."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.blend.request import Where
from basketweave.blend.rules import allowed
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings, complete
from basketweave.blend.sources import sources
from basketweave.graph import (
    GraphStore,
    ModelCard,
    Subgraph,
    Vectors,
    connect,
    unit,
)
from basketweave.graph.derive import Derived, derive, derived
from basketweave.graph.known import Known
from basketweave.graph.tables import Tables
from basketweave.graph.vectors import VectorPart
from basketweave.moments import DAY
from basketweave.serving.recommender import Recommender

K = 10
PUBLISHED: tuple[tuple[str, VectorPart], ...] = (
    ("walker", "gnn"),
    ("words", "content"),
)
SOME = max(settings().max_examples // 16, 1)
"""A shop is a store on disk: a sixteenth of what the profile tries elsewhere."""


@dataclass(frozen=True)
class Shop:
    """A random shop, with as many ties as it can have."""

    seed: int
    users: int
    items: int
    vectors: bool
    settings: BlendSettings

    @contextmanager
    def open(self) -> Iterator[GraphStore]:
        """In a store, derived, with vectors of some items and people published."""
        with (
            tempfile.TemporaryDirectory() as folder,
            connect(str(Path(folder) / "shop.lbug")) as store,
        ):
            store.load(self._tables())
            derive(store)
            if self.vectors:
                for one in self.published():
                    store.publish(one)
            yield store

    def _names(self) -> tuple[list[str], list[str]]:
        return [f"u{n}" for n in range(self.users)], [
            f"i{n}" for n in range(self.items)
        ]

    def _tables(self) -> Tables:
        draw = np.random.default_rng(self.seed)
        users, items = self._names()
        rows = [
            (users[u], items[int(draw.integers(self.items) * draw.random())], int(day))
            for u in range(self.users - 1)  # the last one had nothing
            for day in draw.integers(0, 30, draw.integers(1, 12))
        ]
        events = pl.DataFrame(rows, ["user", "item", "time"], orient="row").unique(
            maintain_order=True
        )
        category = [f"c{n % 4}" for n in range(self.items)]
        return Tables(
            name="random",
            users=pl.DataFrame({"id": users}),
            items=pl.DataFrame(
                {
                    "id": items,
                    "title": items,
                    "brand": [(None, "A", "B")[n % 3] for n in range(self.items)],
                    "price": [None if n % 5 == 0 else n % 7 for n in range(self.items)],
                    "inStock": [bool(n % 4) for n in range(self.items)],
                }
            ),
            categories=pl.DataFrame(
                {
                    "id": ["c0", "c1", "c2", "c3"],
                    "name": ["c0", "c1", "c2", "c3"],
                    "parent": [None, "c0", "c1", None],
                }
            ),
            in_category=pl.DataFrame({"item": items, "category": category}),
            events=events.with_columns(
                pl.col("time") * DAY, kind=pl.lit("PURCHASED"), value=pl.lit(1.0)
            ),
        )

    def published(self) -> list[Vectors]:
        """Vectors on a coarse grid, so that many are the same; some have none."""
        draw = np.random.default_rng(self.seed + 1)
        users, items = self._names()
        some_users, some_items = users[::2], [i for i in items if draw.random() < 0.8]
        return [
            Vectors(
                ModelCard(name, part=part),
                pl.Series(some_users, dtype=pl.String),
                pl.Series(some_items, dtype=pl.String),
                _grid(draw, len(some_users)),
                _grid(draw, len(some_items)),
            )
            for name, part in PUBLISHED
        ]


def _grid(draw: np.random.Generator, n: int) -> Any:
    return unit(draw.integers(-1, 2, (n, 5)) + np.array([2, 0, 0, 0, 0]))


BLENDS = st.builds(
    BlendSettings,
    walk_starts=st.integers(1, 6),
    walk_candidates=st.integers(1, 6),
    vector_candidates=st.integers(1, 6),
    popular_candidates=st.integers(0, 10),
    co_purchased=st.sampled_from([0.0, 0.5, 1.0]),
    scaled=st.booleans(),
    power=st.sampled_from([0.3, 1.0]),
)
SHOPS = st.builds(
    Shop,
    seed=st.integers(0, 2**32 - 1),
    users=st.integers(2, 5),
    items=st.integers(3, 40),  # with fewer, no item has the brand that a rule names
    vectors=st.booleans(),
    settings=BLENDS,
)
KNOWN = st.sampled_from(["new", "again", "any"])
RULES = st.fixed_dictionaries(
    {},
    optional={
        "categories": st.lists(st.sampled_from(["c0", "c1", "c3"]), min_size=1),
        "not_categories": st.just(["c2"]),
        "brands": st.just(["A"]),
        "not_brands": st.just(["B"]),
        "price": st.sampled_from([(2, 5), (None, 3), (4, None)]),
        "in_stock": st.just(True),
        "exclude": st.lists(st.sampled_from(["i0", "i1", "i2", "i7", "none"])),
    },
)
CAPS = st.fixed_dictionaries(
    {}, optional={"per_brand": st.integers(1, 3), "per_category": st.integers(1, 3)}
)
WEIGHTS = st.sampled_from(
    [
        {"popularity": 1.0},
        {"graph": 1.0},
        {"repeat": 0.4, "graph": 0.3, "popularity": 0.3},
        {"repeat": 0.1, "graph": 0.3, "gnn": 0.3, "content": 0.2, "popularity": 0.1},
        {"content": 1.0},
    ]
)


@settings(max_examples=SOME)
@given(
    shop=SHOPS,
    asked=st.lists(st.tuples(KNOWN, WEIGHTS, RULES, CAPS), min_size=2, max_size=4),
)
def test_one_ranking_is_served_listed_and_evaluated(
    shop: Shop, asked: list[tuple[Known, dict[str, float], Any, Any]]
) -> None:
    with shop.open() as store:
        graph = store.export(items=PROPERTIES)
        found = derived(graph)
        for known, weights, rules, most in asked:
            used = weights if shop.vectors else {"graph": 0.5, "popularity": 0.5}
            card = ModelCard(f"blend_{known}", kind="blend")
            store.publish_weights(card, {**used, **shop.settings.properties()})
            served = _served(store, known, {**rules, **most})
            assert served == _listed(store, known, {**rules, **most})
            if not most:
                assert served == _evaluated(shop, graph, found, known, used, rules)
            _as_many_as_there_are(graph, served, known, rules, most)


def _served(
    store: GraphStore, known: Known, where: dict[str, Any]
) -> dict[str, list[tuple[str, float]]]:
    client = Recommender(store)
    return {
        user: [
            (str(row.item), row.score)
            for row in client.recommend(user, K, known=known, where=where)
        ]
        for user in store.export().ids["User"]
    }


def _listed(
    store: GraphStore, known: Known, where: dict[str, Any]
) -> dict[str, list[tuple[str, float]]]:
    rows = Recommender(store).recommend_all(K, known=known, where=where)
    lists: dict[str, list[tuple[str, float]]] = {
        user: [] for user in store.export().ids["User"]
    }
    for user, item, score in rows.select("user", "item", "score").rows():
        lists[user].append((item, score))
    return lists


def _evaluated(
    shop: Shop,
    graph: Subgraph,
    found: Derived,
    known: Known,
    weights: dict[str, float],
    rules: dict[str, Any],
) -> dict[str, list[tuple[str, float]]]:
    vectors = shop.published() if shop.vectors else []
    model = BlendScores(
        sources(graph, found.edges, found.scores, vectors, shop.settings),
        complete(weights),
        known,
        allowed(Catalogue(graph), Where.given(rules)),
    )
    users, items = (graph.ids[label].to_list() for label in ("User", "Item"))
    scores = model.score(np.arange(len(users)))
    lists = {}
    for user, row in zip(users, scores, strict=True):
        order = sorted(
            np.flatnonzero(np.isfinite(row)), key=lambda n: (-row[n], items[n])
        )
        lists[user] = [(items[n], float(row[n])) for n in order[:K]]
    return lists


def _as_many_as_there_are(
    graph: Subgraph,
    served: dict[str, list[tuple[str, float]]],
    known: Known,
    rules: dict[str, Any],
    most: dict[str, int],
) -> None:
    """Whenever `K` items keep the rules and `known`, `K` came back."""
    if len(most) == 2:
        return  # two caps at once: how many fit depends on the order
    left = allowed(Catalogue(graph), Where.given(rules))
    items = graph.ids["Item"]
    keep = set(items if left is None else items.filter(pl.Series(left)))
    events = graph.all_events()
    for n, user in enumerate(graph.ids["User"]):
        had = set(items[np.unique(events.item[events.user == n])])
        offered = {"new": keep - had, "again": keep & had, "any": keep}[known]
        assert {item for item, _ in served[user]} <= offered
        if not most:
            assert len(served[user]) == min(K, len(offered))
