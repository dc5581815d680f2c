"""Items that no model has seen, in the space of those that it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from basketweave.content import (
    ContentMap,
    ContentMapConfig,
    TfidfConfig,
    with_mapped,
    with_new_items,
)
from basketweave.content.new_items import text_reader
from basketweave.errors import TrainingError, UsageError
from basketweave.gnn import GraphFilterConfig
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import ModelCard, Vectors, unit
from tests.graphs import events_graph

N_ITEMS, N_NEW = 60, 10


def linear() -> tuple[FloatArray, FloatArray]:
    """Features (I, 5), and vectors (I, 4) that follow from them."""
    rng = np.random.default_rng(0)
    features = unit(rng.standard_normal((N_ITEMS, 5)))
    return features, unit(features @ rng.standard_normal((5, 4)) + 0.3)


def graph() -> Subgraph:
    """One user who had all items but the last ten."""
    rows = [(0, item, item) for item in range(N_ITEMS - N_NEW)]
    return events_graph(rows, ["u"], [f"i{n:02}" for n in range(N_ITEMS)], kind="RATED")


def published(vectors: FloatArray) -> Vectors:
    """Vectors in an order of their own, as of a model that saw `vectors` alone."""
    ids = pl.Series([f"i{n:02}" for n in range(len(vectors))][::-1])
    user = unit(vectors.mean(axis=0, keepdims=True))
    return Vectors(ModelCard("gat"), pl.Series(["u"]), ids, user, vectors[::-1])


def test_a_linear_map_is_found_and_its_error_told() -> None:
    features, vectors = linear()
    found = ContentMap.fit(features, vectors)
    assert found.penalty == 0.1
    assert found.base < found.cosine
    assert found.cosine > 0.95
    mapped = found.vectors_of(features)
    assert np.linalg.norm(mapped, axis=1) == pytest.approx(1)


def test_features_that_say_nothing_want_a_large_penalty() -> None:
    rng = np.random.default_rng(1)
    vectors = unit(rng.standard_normal((200, 4)) + 2)
    noise = rng.standard_normal((200, 90)).astype(np.float32)
    found = ContentMap.fit(noise, vectors)
    assert found.penalty >= 100
    assert found.cosine == pytest.approx(found.base, abs=0.05)


def test_new_items_are_mapped_and_known_ones_keep_their_vectors() -> None:
    features, vectors = linear()
    learnt = published(vectors[: N_ITEMS - N_NEW])
    full = with_mapped(learnt, graph(), features)
    assert full.items.to_list() == graph().ids["Item"].to_list()
    np.testing.assert_allclose(
        full.item_vectors[: N_ITEMS - N_NEW], vectors[: N_ITEMS - N_NEW], atol=1e-6
    )
    cosine = (full.item_vectors * vectors).sum(axis=1)[-N_NEW:]
    assert cosine.min() > 0.9
    assert full.card.metrics["mapped items"] == N_NEW
    np.testing.assert_array_equal(full.user_vectors, learnt.user_vectors)


def test_a_vector_without_events_behind_it_is_replaced() -> None:
    features, vectors = linear()
    wrong = vectors.copy()
    wrong[-N_NEW:] = unit(np.ones((N_NEW, 4)))
    full = with_mapped(published(wrong), graph(), features)
    assert (full.item_vectors * vectors).sum(axis=1)[-N_NEW:].min() > 0.9


def test_a_new_item_of_which_nothing_is_known_ranks_last() -> None:
    features, vectors = linear()
    features[-1] = 0
    learnt = published(vectors[: N_ITEMS - N_NEW])
    full = with_mapped(learnt, graph(), features)
    scores = full.user_vectors @ full.item_vectors.T
    assert scores[0].argmin() == N_ITEMS - 1
    kept = with_mapped(published(vectors), graph(), features)
    np.testing.assert_allclose(kept.item_vectors[-1], vectors[-1], atol=1e-6)


def test_too_few_items_to_learn_from_are_told() -> None:
    features, vectors = linear()
    with pytest.raises(TrainingError, match="at least ten"):
        ContentMap.fit(features[:9], vectors[:9])
    with pytest.raises(TrainingError, match="at least ten"):
        with_mapped(published(vectors), replace(graph(), events={}), features)
    strict = ContentMapConfig(support=2)
    with pytest.raises(TrainingError, match="at least ten"):
        with_mapped(published(vectors), graph(), features, strict)


def test_new_items_are_placed_by_their_text() -> None:
    words = ["apple pear", "hammer saw"]
    texts = [words[n % 2] for n in range(N_ITEMS)]
    board = graph().described(pl.DataFrame({"id": graph().ids["Item"], "title": texts}))
    taste = unit(np.eye(2, 4)[np.arange(N_ITEMS - N_NEW) % 2] + 0.1)
    reader = TfidfConfig(dim=6)
    full = with_new_items(published(taste), board, reader)
    new = full.item_vectors[-N_NEW:]
    assert (new @ taste[0] > new @ taste[1]).tolist() == [True, False] * (N_NEW // 2)
    assert text_reader(reader) is reader
    with pytest.raises(UsageError, match="reads no texts"):
        text_reader(GraphFilterConfig())
