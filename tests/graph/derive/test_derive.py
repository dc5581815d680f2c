"""Deriving into a store."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import (
    derive,
)
from basketweave.graph.tables import Tables


def test_deriving_again_changes_nothing(checkerboard: Tables, tmp_path: Path) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(checkerboard)
        first, stood = derive(store), _edges_of(store)
        assert first.co_purchased > 0
        assert first.followed_by > 0
        assert derive(store) == first
        assert _edges_of(store).equals(stood)


def _edges_of(store: GraphStore) -> pl.DataFrame:
    return store.run(
        "MATCH (a:Item)-[r:CO_PURCHASED|FOLLOWED_BY]->(b:Item) "
        "RETURN a.id AS held, label(r) AS kind, b.id AS item, r.weight AS weight, "
        "id(r) AS one ORDER BY held, kind, item"
    )
