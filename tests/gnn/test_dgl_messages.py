"""DGL beside PyG: the same graph, and the same numbers from the same weights."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace

import numpy as np
import pytest

from basketweave.errors import UsageError
from basketweave.gnn import HeteroGATConfig, HeteroGCNConfig
from basketweave.gnn.hetero import HeteroConfig, HeteroGNN
from basketweave.graph import convert
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Subgraph
from basketweave.training import train
from tests.graphs import edges, events_graph

BRIEF = {"dim": 8, "hidden": 8, "epochs": 2, "users": 10, "cuts": 2, "layers": 2}
CONFIGS: list[HeteroConfig] = [
    HeteroGATConfig.model_validate({**BRIEF, "item_edges": ("CO_PURCHASED",)}),
    HeteroGCNConfig.model_validate(BRIEF),
]

# As in pyproject.toml: there are no wheels of DGL 1.1.3 for these.
pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12)
    or (sys.platform == "linux" and platform.machine() != "x86_64"),
    reason="DGL has no build for this Python or machine",
)


def shop() -> Subgraph:
    """Twelve users, nine items in a tree of categories; the last item has nothing."""
    rng = np.random.default_rng(0)
    bought = np.argwhere(rng.random((12, 8)) < 0.5)
    rows = np.c_[bought, rng.integers(1, 60, len(bought))]
    graph = events_graph(
        rows,
        12,
        9,
        catalogue={
            "IN_CATEGORY": [(0, 0), (1, 1), (2, 0), (3, 1)],
            "MADE_BY": [],
            "SUBCATEGORY_OF": [(0, 2), (1, 2)],
        },
        Category=["tea", "coffee", "drinks"],
        Brand=["North", "South"],
    )
    together = edges([(0, 1), (1, 2), (2, 0)], weight=[0.5, 1, 2])
    found = {**graph.edges, ("Item", "CO_PURCHASED", "Item"): together}
    return replace(graph, edges=found)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.model)
def test_pyg_and_dgl_give_the_same_vectors_from_the_same_weights(
    config: HeteroConfig,
) -> None:
    by_pyg = train(shop(), config, seed=1).encoder
    assert isinstance(by_pyg, HeteroGNN)
    for gate in by_pyg.gate.values():
        gate.data.fill_(1.0)  # closed gates would hide the messages
    by_dgl = config.model_copy(update={"backend": "dgl"}).build(shop())
    assert isinstance(by_dgl, HeteroGNN)
    by_dgl.load_state_dict(by_pyg.state_dict())
    one, two = by_pyg.encode(shop()), by_dgl.encode(shop())
    np.testing.assert_allclose(one.user_vectors, two.user_vectors, atol=1e-5)
    np.testing.assert_allclose(one.item_vectors, two.item_vectors, atol=1e-5)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: c.model)
def test_training_with_dgl_goes_the_same_way(config: HeteroConfig) -> None:
    by_pyg = train(shop(), config, seed=1)
    by_dgl = train(shop(), config.model_copy(update={"backend": "dgl"}), seed=1)
    for one, two in zip(by_pyg.curve, by_dgl.curve, strict=True):
        assert one.loss == pytest.approx(two.loss, abs=1e-4)


def test_a_heterograph_has_all_nodes_edges_and_columns() -> None:
    graph = shop().to_dgl()
    assert {label: graph.num_nodes(label) for label in graph.ntypes} == {
        "User": 12,
        "Item": 9,
        "Category": 3,
        "Brand": 2,
    }
    source, target = graph.edges(etype=("Item", "CO_PURCHASED", "Item"))
    assert (source.tolist(), target.tolist()) == ([0, 1, 2], [1, 2, 0])
    assert graph.edges["CO_PURCHASED"].data["weight"].tolist() == [0.5, 1, 2]
    assert graph.num_edges("MADE_BY") == 0
    bought = graph.edges[PURCHASED].data
    assert len(bought["count"]) == len(shop().events[PURCHASED])
    assert (
        bought["last_at"].tolist()
        == convert.pairs(shop().events[PURCHASED]).columns["last_at"].tolist()
    )


def test_without_dgl_the_error_tells_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "dgl", None)
    with pytest.raises(UsageError, match=r"pip install 'basketweave\[dgl\]'"):
        shop().to_dgl()
