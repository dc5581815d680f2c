"""A session read by a sequence encoder, served from both stores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from basketweave.encoders import load_reader, save_encoder
from basketweave.errors import DataError, UsageError
from basketweave.graph import GraphStore, Subgraph
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.sequence import HistoryReader, SASRecConfig
from basketweave.serving.recommender import Recommender
from basketweave.training import Trained, train
from tests.standing import Fill, Standing

CONFIG = SASRecConfig(dim=8, epochs=2)
ONLY = {"sequence": 1.0}


@pytest.fixture(scope="module")
def trained(checkerboard_graph: Subgraph) -> Trained:
    """An encoder of the checkerboard."""
    return train(checkerboard_graph, CONFIG, seed=0)


@pytest.fixture(scope="module")
def file(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its model file."""
    path = tmp_path_factory.mktemp("encoder") / "sasrec.pt"
    save_encoder(trained.encoder, path)
    return path


@pytest.fixture
def fill(checkerboard: Tables, trained: Trained) -> Fill:
    """Makes a store in which the encoder is published."""

    def published(store: GraphStore) -> None:
        store.load(checkerboard)
        derive(store)
        store.publish(trained.vectors)

    return published


@pytest.fixture
def shop(standing: Standing, fill: Fill) -> GraphStore:
    """A store made so, for reading."""
    return standing(fill)


def _client(store: GraphStore, file: Path) -> Recommender:
    return Recommender(store, encoder=load_reader(file, store))


def test_a_session_is_what_the_encoder_reads(
    shop: GraphStore, trained: Trained, file: Path
) -> None:
    reader = HistoryReader(trained.encoder, shop.export())
    items = shop.export().ids["Item"].to_list()
    for session in (["a", "b"], ["b", "a"], ["a", "b", "b"]):
        place = np.array([items.index(item) for item in session])
        cosines = dict(zip(items, reader.score_histories([place])[0], strict=True))
        served = _client(shop, file).session(session, weights=ONLY)
        assert len(served) == 4
        for found in served:
            raw = found.parts["sequence"].raw
            assert raw == pytest.approx(cosines[str(found.item)], abs=1e-4)
        assert served.models == {"sequence": "sasrec_v1"}


def test_the_order_of_a_session_counts(shop: GraphStore, file: Path) -> None:
    client = _client(shop, file)
    one, other = (
        {r.item: r.parts["sequence"].raw for r in client.session(s, weights=ONLY)}
        for s in (["a", "b", "c"], ["b", "a", "c"])
    )
    assert one != pytest.approx(other, abs=1e-4)


def test_without_a_published_blend_the_encoder_and_the_graph_decide(
    shop: GraphStore, file: Path
) -> None:
    found = _client(shop, file).session(["a", "nothing"])[0]
    weights = {name: part.weight for name, part in found.parts.items() if part.weight}
    assert weights.keys() == {"sequence", "graph"}
    assert Recommender(shop).session(["a"])[0].parts["graph"].weight == 0.7


def test_an_encoder_of_another_training_is_told(
    store: GraphStore, fill: Fill, file: Path
) -> None:
    fill(store)
    client = _client(store, file)
    store.publish(train(store.export(), CONFIG, seed=1).vectors)
    with pytest.raises(UsageError, match="which is sasrec_v2"):
        client.session(["a"])
    assert len(client.session(["a"], weights={"graph": 1.0}))
    store.rollback("sasrec")
    assert len(client.session(["a"]))


def test_an_encoder_of_which_nothing_is_published_is_told(
    store: GraphStore, fill: Fill, trained: Trained, file: Path
) -> None:
    fill(store)
    card = replace(trained.vectors.card, name="zebra")
    store.publish(replace(trained.vectors, card=card))
    with pytest.raises(UsageError, match="part 'sequence'"):
        _client(store, file).session(["a"])


def test_what_is_no_model_file_is_told(loaded: GraphStore, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model file"):
        load_reader(tmp_path / "none.pt", loaded)
