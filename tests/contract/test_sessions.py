"""A session read by a sequence encoder, served from both stores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from basketweave.encoders import load_reader, save_encoder
from basketweave.errors import DataError, UsageError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.sequence import HistoryReader, SASRecConfig
from basketweave.serving.recommender import Recommender
from basketweave.training import Trained, train

CONFIG = SASRecConfig(dim=8, epochs=2)
ONLY = {"sequence": 1.0}


@pytest.fixture
def trained(loaded: GraphStore, tmp_path: Path) -> Trained:
    """A published encoder and, beside it, its model file `sasrec.pt`."""
    derive(loaded)
    found = train(loaded.export(), CONFIG, seed=0)
    loaded.publish(found.vectors)
    save_encoder(found.encoder, tmp_path / "sasrec.pt")
    return found


def _client(store: GraphStore, folder: Path) -> Recommender:
    reader = load_reader(folder / "sasrec.pt", store)
    return Recommender(store, encoder=reader)


def test_a_session_is_what_the_encoder_reads(
    loaded: GraphStore, trained: Trained, tmp_path: Path
) -> None:
    reader = HistoryReader(trained.encoder, loaded.export())
    items = loaded.export().ids["Item"].to_list()
    for session in (["a", "b"], ["b", "a"], ["a", "b", "b"]):
        place = np.array([items.index(item) for item in session])
        cosines = dict(zip(items, reader.score_histories([place])[0], strict=True))
        served = _client(loaded, tmp_path).session(session, weights=ONLY)
        assert len(served) == 4
        for found in served:
            raw = found.parts["sequence"].raw
            assert raw == pytest.approx(cosines[str(found.item)], abs=1e-4)
        assert served.models == {"sequence": "sasrec_v1"}


def test_the_order_of_a_session_counts(
    loaded: GraphStore, trained: Trained, tmp_path: Path
) -> None:
    client = _client(loaded, tmp_path)
    one, other = (
        {r.item: r.parts["sequence"].raw for r in client.session(s, weights=ONLY)}
        for s in (["a", "b", "c"], ["b", "a", "c"])
    )
    assert one != pytest.approx(other, abs=1e-4)


def test_without_a_published_blend_the_encoder_and_the_graph_decide(
    loaded: GraphStore, trained: Trained, tmp_path: Path
) -> None:
    found = _client(loaded, tmp_path).session(["a", "nothing"])[0]
    weights = {name: part.weight for name, part in found.parts.items() if part.weight}
    assert weights.keys() == {"sequence", "graph"}
    assert Recommender(loaded).session(["a"])[0].parts["graph"].weight == 0.7


def test_an_encoder_of_another_training_is_told(
    loaded: GraphStore, trained: Trained, tmp_path: Path
) -> None:
    client = _client(loaded, tmp_path)
    loaded.publish(train(loaded.export(), CONFIG, seed=1).vectors)
    with pytest.raises(UsageError, match="which is sasrec_v2"):
        client.session(["a"])
    assert len(client.session(["a"], weights={"graph": 1.0}))
    loaded.rollback("sasrec")
    assert len(client.session(["a"]))


def test_an_encoder_of_which_nothing_is_published_is_told(
    loaded: GraphStore, trained: Trained, tmp_path: Path
) -> None:
    card = replace(trained.vectors.card, name="zebra")
    loaded.publish(replace(trained.vectors, card=card))
    with pytest.raises(UsageError, match="part 'sequence'"):
        _client(loaded, tmp_path).session(["a"])


def test_what_is_no_model_file_is_told(loaded: GraphStore, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model file"):
        load_reader(tmp_path / "none.pt", loaded)
