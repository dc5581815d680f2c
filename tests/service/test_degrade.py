"""A part that fails costs its part of the answer, and the answer says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ladybug
import numpy as np
import pytest
from starlette.testclient import TestClient

from basketweave.graph import ModelCard, Vectors, connect, unit
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service import ServiceSettings, create_app


@pytest.fixture
def path(checkerboard: Tables, tmp_path: Path) -> Path:
    """A store whose blend uses vectors."""
    random, users, items = (
        np.random.default_rng(0),
        checkerboard.users["id"],
        checkerboard.items["id"],
    )
    with connect(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        derive(store)
        own, all_items = (
            unit(random.normal(size=(len(ids), 8))) for ids in (users, items)
        )
        store.publish(Vectors(ModelCard("gat"), users, items, own, all_items))
        store.publish_weights(
            ModelCard("blend_new", kind="blend"),
            {"gnn": 0.4, "graph": 0.4, "popularity": 0.2},
        )
    return tmp_path / "graph.lbug"


def broken(path: Path, *tables: str) -> None:
    """Another program of the engine's takes tables away."""
    with (
        ladybug.Database(str(path)) as database,
        ladybug.Connection(database) as connection,
    ):
        for table in tables:
            connection.execute(f"DROP TABLE {table}")


def answers(path: Path) -> Iterator[dict[str, Any]]:
    with (
        connect(path) as store,
        TestClient(create_app(store), base_url="http://localhost") as client,
    ):
        for asked in ({"user": "ann"}, {"user": "ann", "where": {"brands": ["South"]}}):
            found = client.post("/api/recommend", json=asked)
            assert found.status_code == 200, found.text
            yield found.json()
        assert client.post("/api/recommend", json={"user": "no"}).status_code == 404
        figures = client.get("/api/metrics").text
        assert "basketweave_answers_total{degraded=" in figures


def test_the_blend_answers_while_all_is_well(path: Path) -> None:
    whole, _ = answers(path)
    assert (whole["degraded"], whole["blend"]) == (None, "blend_new_v1")
    assert whole["models"] == {"gnn": "gat_v1"}


def test_without_vectors_the_graph_answers(path: Path) -> None:
    broken(path, "ItemVector_gat_v1")
    whole, ruled = answers(path)
    assert (whole["degraded"], whole["blend"], whole["models"]) == ("graph", None, {})
    assert {one["item"] for one in whole["items"]} == {"b", "d", "f"}
    assert {one["item"] for one in ruled["items"]} == {"b", "d"}  # rules hold


def test_an_answer_with_less_is_not_kept(path: Path) -> None:
    broken(path, "ItemVector_gat_v1")
    settings = ServiceSettings(cache="memory")
    with (
        connect(path) as store,
        TestClient(create_app(store, settings), base_url="http://localhost") as client,
    ):
        for _ in range(2):
            assert client.get("/api/recommend/ann").json()["degraded"] == "graph"
        figures = client.get("/api/metrics").text
    assert 'cache_lookups_total{found="no"} 2' in figures
    assert 'found="yes"' not in figures


def test_without_relationships_what_is_popular_answers(path: Path) -> None:
    broken(path, "ItemVector_gat_v1", "CO_PURCHASED", "FOLLOWED_BY")
    whole, ruled = answers(path)
    assert whole["degraded"] == "popularity"
    assert {one["item"] for one in whole["items"]} == {"b", "d", "f"}
    assert ruled["degraded"] == "popularity"
    assert {one["item"] for one in ruled["items"]} == {"b", "d"}
