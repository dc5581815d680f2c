"""What was shown waits in the journal, survives there, and stops no request."""

from __future__ import annotations

from pathlib import Path

from basketweave.graph import connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

ONE = {"answer": "a1", "user": "ann", "item": "b", "place": 1, "at": 1_000}


def test_it_survives_in_the_journal_and_costs_no_copy_of_the_file(
    tmp_path: Path, checkerboard: Tables
) -> None:
    path = tmp_path / "graph.lbug"
    with connect(path) as store:
        store.load(checkerboard)
        derive(store)
        written = path.stat().st_mtime_ns, path.stat().st_ino
        client = Recommender(store)
        for n in range(3):
            store.record_shown({**ONE, "answer": f"a{n}"})
            client.recommend("ann")
            store.titles(["a"])
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == written
    with connect(path) as store:
        assert store.count_shown() == (3, 1_000)
        assert (path.stat().st_mtime_ns, path.stat().st_ino) != written
    with connect(path) as store:
        store.record_shown({**ONE, "answer": "a9"})
    with connect(path, read_only=True) as store:
        assert store.count_shown() == (4, 1_000)


def test_what_is_recorded_while_the_file_is_written_stays(
    tmp_path: Path, checkerboard: Tables
) -> None:
    with connect(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        store.record_shown(ONE)
        with store.together():
            store.record_shown({**ONE, "answer": "a2"})
            store.record({"user": "ann", "item": "b", "answer": "a2", "time": 5})
        found = store.shown()
        assert found["answer"].to_list() == ["a1", "a2"]
        assert found["takenAt"].to_list() == [None, 5]
