"""A subgraph in other libraries' forms: nothing added, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.graph import Subgraph
from basketweave.graph.convert import from_arrow, pairs
from basketweave.graph.embedded import LadybugStore
from basketweave.graph.tables import Tables
from tests.graphs import edges, events_graph


@pytest.fixture
def graph(tmp_path: Path, checkerboard: Tables) -> Subgraph:
    with LadybugStore(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        return store.export(as_of=10**9)


@pytest.fixture
def small() -> Subgraph:
    """u0 bought i1 twice and i0 once; i0 leads to i1."""
    rows = [(0, 1, 1, 4), (0, 0, 2, np.nan), (0, 1, 5, 2)]
    leads = {("Item", "FOLLOWED_BY", "Item"): edges([(0, 1)], weight=[0.5])}
    return replace(events_graph(rows, 1, 2, unit=1), edges=leads)


def test_events_become_one_edge_a_pair(small: Subgraph) -> None:
    found = pairs(small.events["PURCHASED"])
    assert found.index.tolist() == [[0, 0], [0, 1]]
    assert found.columns["count"].tolist() == [1, 2]
    assert found.columns["first_at"].tolist() == [2, 1]
    assert found.columns["last_at"].tolist() == [2, 5]
    assert found.columns["value"][1] == 3.0
    assert np.isnan(found.columns["value"][0])


def test_pyg_has_the_nodes_edges_and_columns(small: Subgraph) -> None:
    data = small.to_pyg()
    assert data.validate()
    assert (data["User"].num_nodes, data["Item"].num_nodes) == (1, 2)
    bought = data["User", "PURCHASED", "Item"]
    assert bought.edge_index.tolist() == [[0, 0], [0, 1]]
    assert bought["count"].tolist() == [1, 2]
    assert data["Item", "FOLLOWED_BY", "Item"].weight.tolist() == [0.5]


def test_pyg_reads_the_whole_graph(graph: Subgraph) -> None:
    data = graph.to_pyg()
    assert data.num_nodes == 5 + 6 + 3 + 2
    assert data.edge_types == [
        ("User", "PURCHASED", "Item"),
        ("Item", "IN_CATEGORY", "Category"),
        ("Category", "SUBCATEGORY_OF", "Category"),
        ("Item", "MADE_BY", "Brand"),
    ]


def test_networkx_has_typed_nodes_and_keyed_edges(small: Subgraph) -> None:
    found = small.to_networkx()
    assert set(found.nodes) == {("User", "u0"), ("Item", "i0"), ("Item", "i1")}
    bought = found.edges[("User", "u0"), ("Item", "i1"), "PURCHASED"]
    assert (bought["count"], bought["first_at"], bought["last_at"]) == (2, 1, 5)
    leads = found.edges[("Item", "i0"), ("Item", "i1"), "FOLLOWED_BY"]
    assert leads == {"weight": 0.5}


def test_arrow_tables_make_the_same_subgraph_again(graph: Subgraph) -> None:
    again = from_arrow(graph.to_arrow())
    assert again.as_of == graph.as_of
    assert {k: ids.to_list() for k, ids in again.ids.items()} == {
        k: ids.to_list() for k, ids in graph.ids.items()
    }
    for kind, events in graph.events.items():
        for column in ("user", "item", "time", "value"):
            np.testing.assert_array_equal(
                getattr(again.events[kind], column), getattr(events, column)
            )
    assert list(again.edges) == list(graph.edges)
    for relation, given in graph.edges.items():
        assert again.edges[relation].index.tolist() == given.index.tolist()


def test_a_subgraph_without_events_or_edges_converts_too() -> None:
    empty = Subgraph(ids={"User": pl.Series(["u"], dtype=pl.String)}, events={})
    assert empty.to_pyg()["User"].num_nodes == 1
    assert list(empty.to_networkx().nodes) == [("User", "u")]
    assert from_arrow(empty.to_arrow()).ids["User"].to_list() == ["u"]
