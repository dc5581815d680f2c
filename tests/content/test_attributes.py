"""Item-item filters and attribute vectors, beside their dense formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from basketweave.baselines import gram
from basketweave.baselines.flat_filter import FlatFilter, FlatFilterConfig
from basketweave.content.attributes import AttributeConfig, encode_attributes
from basketweave.errors import DataError
from basketweave.graph import connect
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables


@pytest.fixture(scope="module")
def graph(checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory) -> Subgraph:
    """The checkerboard as arrays."""
    with connect(str(tmp_path_factory.mktemp("g") / "graph.lbug")) as store:
        store.load(checkerboard)
        return store.export()


def test_both_ways_of_a_gram_step_give_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    made = sp.random_array((6, 5), density=0.5, rng=rng, dtype=np.float32)
    matrix = sp.csr_array(made)
    once = gram.Gram(matrix).step(matrix[:3])
    monkeypatch.setattr(gram, "MOST", 0)
    through_users = gram.Gram(matrix).step(matrix[:3])
    dense = matrix.toarray()
    assert once == pytest.approx(dense[:3] @ dense.T @ dense, rel=1e-4)
    assert through_users == pytest.approx(once, rel=1e-4)


def test_the_flat_filter_is_its_dense_formula(graph: Subgraph) -> None:
    c = FlatFilterConfig()
    held = (graph.interactions().toarray() > 0).astype(float)
    by_user, by_item = (np.maximum(held.sum(axis), 1) for axis in (1, 0))
    matrix = held * by_user[:, None] ** -c.user_power * by_item**-c.item_power
    _, s, v = np.linalg.svd(matrix, full_matrices=False)
    limit = c.ridge * s[0] ** 2
    low = v.T @ np.diag(s**2 - c.boost * limit * s**2 / (s**2 + limit)) @ v
    walk = (matrix.T @ matrix - low) * by_item**c.shift
    walk = np.maximum(walk / by_item[:, None] ** c.shift, 0)
    walk[matrix.T @ matrix == 0] = 0
    np.fill_diagonal(walk, 0)
    found = FlatFilter(c).fit(graph).score(np.arange(5))
    assert found == pytest.approx(held @ walk, abs=1e-4)


def test_an_item_never_bought_is_nearest_to_its_own_kind(graph: Subgraph) -> None:
    vectors = encode_attributes(graph.until(1 * 86_400), AttributeConfig(dim=64))
    place = {item: n for n, item in enumerate(vectors.items)}
    cosine = vectors.item_vectors @ vectors.item_vectors[place["e"]]
    assert cosine[place["c"]] > max(cosine[place[other]] for other in "bdf")


def test_saved_vectors_come_back_as_they_were(graph: Subgraph, tmp_path: Path) -> None:
    vectors = encode_attributes(graph, AttributeConfig(dim=4))
    save_vectors(vectors, tmp_path / "below" / "v.npz")
    found = load_vectors(tmp_path / "below" / "v.npz")
    assert found.card == vectors.card
    assert found.items.to_list() == vectors.items.to_list()
    assert (found.user_vectors == vectors.user_vectors).all()


def test_what_is_no_file_of_vectors_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There are no vectors"):
        load_vectors(tmp_path / "none.npz")
    for garbage in (b"", b"garbage", b"PK\x03\x04 cut off"):
        (tmp_path / "bad.npz").write_bytes(garbage)
        with pytest.raises(DataError, match="is not a file of vectors"):
            load_vectors(tmp_path / "bad.npz")
