"""The vectors of a live version in memory: exact, and always of the live version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.errors import NotFoundError
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.embedded import LadybugStore
from basketweave.graph.tables import Tables

Make = Callable[[int], Vectors]


@pytest.fixture
def store(tmp_path: Path, checkerboard: Tables) -> LadybugStore:
    opened = LadybugStore(tmp_path / "graph.lbug")
    opened.load(checkerboard)
    return opened


@pytest.fixture
def make() -> Make:
    def vectors(seed: int) -> Vectors:
        random = np.random.default_rng(seed)
        users, items = pl.Series(["ann", "bob"]), pl.Series(list("fedcba"))
        rows = [unit(random.normal(size=(n, 4))) for n in (2, 6)]
        return Vectors(ModelCard("gat", seed=seed), users, items, *rows)

    return vectors


def test_the_nearest_are_those_of_all_cosines(store: LadybugStore, make: Make) -> None:
    given = make(1)
    store.publish(given)
    index = store.index("gat")
    ann = index.user_vector("ann")
    assert ann is not None
    cosines = given.item_vectors @ ann
    positions, found = index.nearest(ann, 3)
    assert positions.tolist() == np.argsort(-cosines)[:3].tolist()
    assert found.tolist() == cosines[positions].tolist()
    assert index.item_ids[positions].to_list() == given.items[positions].to_list()


def test_ties_go_by_position_and_no_more_than_there_are_come_back(
    store: LadybugStore, make: Make
) -> None:
    given = make(1)
    alike = np.tile(given.item_vectors[:1], (6, 1))
    store.publish(
        Vectors(given.card, given.users, given.items, given.user_vectors, alike)
    )
    index = store.index("gat")
    assert index.nearest(alike[0], 3)[0].tolist() == [0, 1, 2]
    assert index.nearest(alike[0], 99)[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert index.nearest(alike[0], 0)[0].tolist() == []


def test_vectors_are_found_by_id(store: LadybugStore, make: Make) -> None:
    given = make(1)
    store.publish(given)
    index = store.index("gat")
    assert index.user_vector("nobody") is None
    found = index.item_vectors(["a", "zz", "f"])
    assert list(found) == ["a", "f"]
    assert found["f"].tolist() == given.item_vectors[0].tolist()


def test_the_index_follows_the_live_version(store: LadybugStore, make: Make) -> None:
    store.publish(make(1))
    first = store.index("gat")
    assert store.index("gat") is first
    store.write_item_scores(pl.DataFrame({"id": ["a"], "popularity": [1.0]}))
    assert store.index("gat") is first
    store.publish(make(2))
    second = store.index("gat")
    assert (first.version.version, second.version.version) == (1, 2)
    store.rollback("gat")
    again = store.index("gat")
    assert again.version.version == 1
    assert np.array_equal(again.vectors.item_vectors, first.vectors.item_vectors)


def test_without_a_published_version_the_next_step_is_told(store: LadybugStore) -> None:
    with pytest.raises(NotFoundError, match="--publish"):
        store.index("gat")
