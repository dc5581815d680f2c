"""An experiment on both stores: started, served, reported, stopped."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from basketweave.errors import NotFoundError, UsageError
from basketweave.experiments.picture import drawn
from basketweave.experiments.report import report
from basketweave.experiments.running import Experiments
from basketweave.graph import GraphStore, ModelCard
from basketweave.graph.derive import derive
from basketweave.serving.recommender import Recommender

CARD = ModelCard("blend_new", kind="blend")


@pytest.fixture
def two_blends(loaded: GraphStore) -> GraphStore:
    derive(loaded)
    for weights in ({"graph": 1.0}, {"popularity": 1.0}):
        loaded.publish_weights(CARD, weights)
    loaded.publish_weights(ModelCard("blend_any", kind="blend"), {"graph": 1.0})
    return loaded


def test_from_start_to_stop(two_blends: GraphStore, tmp_path: Path) -> None:
    store, running = two_blends, Experiments(two_blends)
    assert running.of("ann", "new") is None
    started = running.start("spring", "blend_new@1", "blend_new_v2", 0.4)
    assert (started.a, started.b) == ("blend_new@1", "blend_new@2")
    assert running.all() == [started]
    assert running.of("ann", "any") is None
    client = Recommender(store)
    groups: Counter[str] = Counter()
    for user in ("ann", "bob", "cat", "dan", "eve"):
        mine = running.of(user, "new")
        assert mine is not None
        groups[mine.group] += 1
        answer = client.recommend(user, 2, blend=mine.blend)
        assert answer.blend == mine.blend.replace("@", "_v")
        store.record_shown(answer.shown(experiment=mine.experiment, group=mine.group))
        store.record({"user": user, "item": answer[0].item, "answer": answer.id})
    found = report(store, started)
    assert (found.whole.a.users, found.whole.b.users) == (groups["a"], groups["b"])
    assert found.whole.a.rate == 0.5
    assert "No difference can be told" in found.sentence()
    drawn(found).savefig(tmp_path / "spring.png")
    json.dumps(found.to_dict())
    stopped = running.stop("spring")
    assert not stopped.runs
    assert running.of("ann", "new") is None
    assert Experiments(store).named("spring") == stopped
    with pytest.raises(UsageError, match="was stopped before"):
        running.stop("spring")
    with pytest.raises(UsageError, match="Take another"):
        running.start("spring", "blend_new@1", "blend_new@2")


def test_what_cannot_be_compared_is_not_started(two_blends: GraphStore) -> None:
    running = Experiments(two_blends)
    for a, b, share, says in (
        ("blend_new@1", "blend_new@1", 0.5, "Both groups"),
        ("blend_new@1", "blend_any@1", 0.5, "different requests"),
        ("blend_new@1", "blend_new@2", 1.0, "between 0 and 1"),
    ):
        with pytest.raises(UsageError, match=says):
            running.start("x", a, b, share)
    with pytest.raises(UsageError, match="no name"):
        running.start("x y", "blend_new@1", "blend_new@2")
    with pytest.raises(NotFoundError, match="blend_new@2, blend_new@1"):
        running.start("x", "blend_new@1", "blend_new@9")
    with pytest.raises(NotFoundError, match="There are: none"):
        running.stop("x")
    running.start("x", "blend_new@1", "blend_new@2")
    with pytest.raises(UsageError, match="experiment stop x"):
        running.start("y", "blend_new@1", "blend_new@2")
