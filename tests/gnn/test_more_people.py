"""People of whom a graph encoder did not know when it was trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from basketweave.gnn import HeteroGATConfig, HeteroGCNConfig
from basketweave.gnn.hetero import HeteroConfig
from basketweave.graph.schema import PURCHASED, USER
from basketweave.training import train
from tests.graphs import random_graph

SMALL = {"dim": 12, "hidden": 8, "epochs": 1, "horizon": None, "history": 4}


@pytest.mark.parametrize(
    "config",
    [
        HeteroGATConfig(**SMALL, heads=2, layers=2),
        HeteroGCNConfig(**SMALL),
        HeteroGCNConfig(**SMALL, norms=False),
    ],
)
def test_who_bought_the_same_has_the_same_vector_as_those_it_was_trained_with(
    config: HeteroConfig,
) -> None:
    graph = random_graph(40, 20)
    graph = graph.until(int(graph.events[PURCHASED].time.max()))
    trained = train(graph, config)
    renamed = {**graph.ids, USER: "new " + graph.ids[USER]}
    events = graph.events[PURCHASED]
    late = events.where(events.user >= 30)
    some = replace(
        graph,
        ids={**renamed, USER: renamed[USER][30:]},
        events={PURCHASED: replace(late, user=late.user - 30)},
    )
    found = trained.encoder.people(graph)(some)
    np.testing.assert_allclose(found, trained.vectors.user_vectors[30:], atol=1e-5)
