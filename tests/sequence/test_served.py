"""What a sequence encoder publishes is what the store serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.graph import connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.sequence import GRU4RecConfig, SASRecConfig, SequenceConfig
from basketweave.serving.recommender import Recommender
from basketweave.training import train


@pytest.mark.parametrize(
    "config", [SASRecConfig(dim=8, epochs=2), GRU4RecConfig(dim=8, epochs=2)]
)
def test_published_cosines_are_the_part_sequence(
    checkerboard: Tables, tmp_path: Path, config: SequenceConfig
) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(checkerboard)
        derive(store)
        graph = store.export()
        trained = train(graph, config, seed=0)
        store.publish(trained.vectors)
        served = Recommender(store).recommend("ann", weights={"sequence": 1})
    users, items = (graph.ids[label].to_list() for label in ("User", "Item"))
    scores = trained.vectors.user_vectors @ trained.vectors.item_vectors.T
    cosines = dict(zip(items, scores[users.index("ann")], strict=True))
    best = sorted(["b", "d", "f"], key=lambda item: -cosines[item])
    assert [found.item for found in served] == best
    for found in served:
        assert found.parts["sequence"].raw == pytest.approx(
            cosines[str(found.item)], abs=1e-4
        )
