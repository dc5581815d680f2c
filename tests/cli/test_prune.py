"""`basketweave prune` takes away what was shown long ago."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basketweave.cli import main
from basketweave.cli.refresh import pruned
from basketweave.graph import connect
from basketweave.graph.tables import Tables


def test_the_nightly_job_prunes_too(tmp_path: Path, checkerboard: Tables) -> None:
    path = tmp_path / "graph.lbug"
    shown = {"answer": "a1", "user": "ann", "item": "b", "place": 1, "at": 1_000}
    with connect(path) as store:
        store.load(checkerboard)
        store.record_shown([shown, {**shown, "answer": "a2", "at": None}])
    pruned(str(path), 90)
    with connect(path) as store:
        assert store.shown()["answer"].to_list() == ["a2"]


def test_what_is_older_than_the_days_goes(
    tmp_path: Path, checkerboard: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "graph.lbug"
    old = {"answer": "a1", "user": "ann", "item": "b", "place": 1, "at": 1_000}
    with connect(path) as store:
        store.load(checkerboard)
        store.record_shown([old, {**old, "answer": "a2", "at": None}])
    with pytest.raises(SystemExit) as end:
        main(["prune", "--days", "30", "--store", str(path), "--json"])
    assert not end.value.code
    assert json.loads(capsys.readouterr().out) == {"removed": 1, "kept": 1}
