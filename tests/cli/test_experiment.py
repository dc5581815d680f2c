"""`basketweave experiment` and `recommend --blend`, from start to stop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basketweave.cli import main
from basketweave.experiments.running import Experiments
from basketweave.graph import ModelCard, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender


@pytest.fixture
def path(tmp_path: Path, checkerboard: Tables) -> Path:
    with connect(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        derive(store)
        for weights in ({"graph": 1.0}, {"popularity": 1.0}):
            store.publish_weights(ModelCard("blend_new", kind="blend"), weights)
    return tmp_path / "graph.lbug"


def test_from_start_to_stop(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as end:
            main([*words, "--store", str(path)])
        assert (end.value.code or 0) == code
        return capsys.readouterr().out

    blends = ("--a", "blend_new@1", "--b", "blend_new@2")
    assert "50% of the people" in run("experiment", "start", "spring", *blends)
    run("experiment", "start", "other", *blends, code=2)
    (told,) = json.loads(run("experiment", "list", "--json"))
    assert (told["name"], told["share"], told["stopped"]) == ("spring", 0.5, None)

    with connect(path) as store:
        running, client = Experiments(store), Recommender(store)
        for user in ("ann", "bob", "cat"):
            mine = running.of(user)
            assert mine is not None
            answer = client.recommend(user, 2, blend=mine.blend)
            shown = answer.shown(experiment=mine.experiment, group=mine.group)
            store.record_shown(shown)
    picture = path.with_name("spring.png")
    said = run("experiment", "report", "spring", "--picture", str(picture))
    assert "blend_new@2" in said
    assert picture.read_bytes().startswith(b"\x89PNG")
    report = json.loads(run("experiment", "report", "spring", "--json"))
    assert report["a"]["shown"] + report["b"]["shown"] == 6
    assert report["different"] is False

    one = json.loads(run("recommend", "ann", "--blend", "blend_new@1", "--json"))
    assert one["blend"] == "blend_new_v1"
    assert "stopped" in run("experiment", "stop", "spring")
    run("experiment", "report", "nothing", code=5)
