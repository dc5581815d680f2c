"""Answers from cells: as exact as from all vectors where all cells are looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.blend import space as spaces
from basketweave.blend.space import InCells, ItemVectors, Nearest, Space
from basketweave.graph import ModelCard, Vectors, connect, unit
from basketweave.graph.cells import Cells
from basketweave.graph.centres import centres, nearest_centre
from basketweave.graph.derive import derive
from basketweave.graph.store import GraphStore
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

RULES: tuple[dict[str, Any], ...] = (
    {},
    {"brands": ["North"]},
    {"categories": ["food/fruit"]},
    {"exclude": ["a"]},
)


def vectors(seed: int) -> Vectors:
    random = np.random.default_rng(seed)
    users, items = pl.Series(["ann", "bob"]), pl.Series(list("fedcba"))
    rows = [unit(random.normal(size=(n, 4))) for n in (2, 6)]
    return Vectors(ModelCard("gat", seed=seed), users, items, *rows)


def answers(store: GraphStore) -> list[Any]:
    client = Recommender(store)
    return [
        [(one.item, one.score, one.parts) for one in client.recommend(
            user, 9, known=known, where=where, weights={"gnn": 0.7, "popularity": 0.3}
        )]
        for user in ("ann",)
        for known in ("new", "any")
        for where in RULES
    ]  # fmt: skip


def test_answers_follow_what_is_published_said_and_deleted(
    tmp_path: Path, checkerboard: Tables
) -> None:
    paths = [tmp_path / name / "graph.lbug" for name in ("cells", "all")]
    for path in paths:
        path.parent.mkdir()
    with connect(paths[0], exact_items=0) as cells, connect(paths[1]) as whole:
        for store in (cells, whole):
            store.load(checkerboard)
            derive(store)
        changes: list[Callable[[GraphStore], object]] = [
            lambda store: store.publish(vectors(1)),
            lambda store: store.publish(vectors(2)),
            lambda store: store.upsert_items(
                {"id": "new", "categories": ["food/fruit"], "brand": "North"}
            ),
            lambda store: store.delete_items(["c"]),
            lambda store: store.rollback("gat"),
        ]
        for change in changes:
            for store in (cells, whole):
                change(store)
            assert answers(cells) == answers(whole)
    kept = sorted(path.name for path in paths[0].parent.glob("*.npz"))
    assert kept == ["graph.lbug.cells-gat_v1.npz", "graph.lbug.cells-gat_v2.npz"]
    assert not [*paths[1].parent.glob("*.npz")]


@pytest.fixture
def space() -> Space:
    rows = unit(np.random.default_rng(0).normal(size=(3000, 8)))
    middle = centres(rows)
    cells = Cells.of(middle, nearest_centre(middle, rows), np.arange(3000), rows)
    return Space(rows[:2], ItemVectors(rows, cells, 500))


def test_few_that_rules_leave_are_all_looked_at(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "LOOKED_AT", 300)
    user, order = np.arange(1), np.arange(3000)
    few = np.arange(3000) % 7 == 0
    found = space.search(user, few)
    assert isinstance(found, Nearest)
    wanted = np.flatnonzero(few)
    wanted = wanted[np.argsort(-(space.items.rows[wanted] @ space.users[0]))[:50]]
    np.testing.assert_array_equal(found.first(0, few, 50, order), wanted)
    half = space.search(user, order % 2 == 0)
    assert isinstance(half, InCells)
    assert half.least == 600


def test_cells_without_enough_that_is_offered_are_not_all_there_is(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "LOOKED_AT", 300)
    order = np.arange(3000)
    far = np.argsort(space.items.rows @ space.users[0])[:600]
    offered = np.isin(order, far)
    found = space.search(np.arange(1), None).first(0, offered, 40, order)
    np.testing.assert_array_equal(found, far[::-1][:40])
    nobody = Space(np.zeros((1, 8), np.float32), space.items)
    assert not len(nobody.search(np.arange(1), None).first(0, offered, 9, order))
