"""Answers have an id, which what was shown and what was bought may cite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from basketweave.experiments.running import Experiments
from basketweave.graph import GraphStore, ModelCard, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service import ServiceSettings, create_app


@pytest.fixture
def store(checkerboard: Tables, tmp_path: Path) -> Iterator[GraphStore]:
    """Two blends in an experiment, whose groups are told apart by their parts."""
    with connect(tmp_path / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        for part in ("graph", "popularity"):
            opened.publish_weights(ModelCard("blend_new", kind="blend"), {part: 1.0})
        Experiments(opened).start("spring", "blend_new@1", "blend_new@2")
        yield opened


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_what_was_shown_and_taken_of_an_answer_is_kept(
    store: GraphStore, cache: str
) -> None:
    app = create_app(store, ServiceSettings(cache=cache))
    with TestClient(app, base_url="http://localhost") as client:

        def post(path: str, **body: Any) -> Any:
            return client.post(f"/api/{path}", json=body).json()

        groups = {}
        for user in ("ann", "bob", "cat", "dan", "eve"):
            found = post("recommend", user=user, k=2)
            assert found["experiment"] == "spring"
            assert (
                found["blend"]
                == {"a": "blend_new_v1", "b": "blend_new_v2"}[found["group"]]
            )
            assert post("recommend", user=user, k=2)["group"] == found["group"]
            groups[user] = found["group"]
        assert set(groups.values()) == {"a", "b"}
        own = post("recommend", user="ann", weights={"graph": 1})
        assert (own["experiment"], own["group"], own["blend"]) == (None, None, None)
        other = post("recommend", user="ann", known="any")
        assert other["experiment"] is None

        assert store.count_shown()[0] == 0
        asked = client.get("/api/recommend/ann?k=3&record_shown=true").json()
        assert store.count_shown()[0] == 3
        page = post("recommend", user="ann", k=3)
        assert page["id"] != asked["id"]
        first = page["items"][0]["item"]
        assert post("shown", answer=page["id"], items=[first]) == {"shown": 1}
        for _ in range(2):
            assert post("shown", answer=page["id"]) == {"shown": 3}
            assert store.count_shown()[0] == 6  # each item of an answer once
        event = {"user": "ann", "item": first, "answer": page["id"]}
        assert post("events", events=[event])["events"] == 1
        rows = store.shown().filter(answer=page["id"]).sort("place")
        assert rows["place"].to_list() == [1, 2, 3]
        assert rows["group"].unique().to_list() == [groups["ann"]]
        assert rows["takenAt"].is_not_null().to_list() == [True, False, False]
        told = client.get("/api/experiments/spring").json()
        assert told[groups["ann"]]["taken"] == 1
        assert told["says"]

        drawn = post("recommend", user="bob", k=1, explore=1)
        assert post("shown", answer=drawn["id"]) == {"shown": 1}
        rows = store.shown().filter(answer=drawn["id"]).sort("place")
        said = [one["propensity"] for one in drawn["items"]]
        assert rows["propensity"].to_list() == pytest.approx(said)
        assert min(said) < 1

        assert "no item 'x'" in post("shown", answer=page["id"], items=["x"])["detail"]
        for none in ("x", post("session", items=["a"])["id"]):
            assert "last hour" in post("shown", answer=none)["detail"]
        assert client.delete("/api/users/ann").json()["shown"] == 6
        assert "last hour" in post("shown", answer=page["id"])["detail"]
