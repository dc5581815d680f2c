"""Reports: the table, segments, and what is written."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from basketweave.errors import UsageError
from basketweave.evaluation import (
    Report,
    Split,
    evaluate,
    time_split,
)
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.moments import DAY
from tests.graphs import events_graph


class Rows:
    """Scores each user by a row of its own."""

    def __init__(self, rows: list[list[float]]) -> None:
        self.rows = np.array(rows, np.float32)

    def score(self, users: IntArray) -> FloatArray:
        return self.rows[users]


GOOD = Rows([[0, 0, 5, 0, 0, 1], [0, 0, 0, 5, 0, 0], [9, 8, 7, 6, 5, 4]])
BAD = Rows([[9, 8, 1, 7, 6, 5], [9, 8, 7, 0, 6, 5], [1, 2, 3, 4, 5, 6]])


def split() -> Split:
    """User 0 has 1 event and finds c, user 1 has 4 and finds d, user 2 has 12."""
    before = [(0, 1)] + [(1, i) for i in range(4)] + [(2, i) for i in range(6)] * 2
    rows = [(u, i, 1) for u, i in before] + [(0, 2, 30), (1, 3, 30), (2, 0, 30)]
    graph = events_graph(rows, ["ann", "bob", "cat"], list("abcdef"))
    return time_split(graph, days=10)


@pytest.fixture
def report() -> Report:
    return evaluate({"bad": BAD, "good": GOOD}, split(), ks=[1, 3], listed=2)


def test_models_are_compared_user_by_user(report: Report) -> None:
    assert report.users("good", "HR@1").tolist() == [1, 1, 1]
    assert report.users("bad", "HR@1").tolist() == [0, 0, 0]
    assert report.difference("good", "bad", "HR@1").mean == 1
    assert report.main == "NDCG@1"


def test_the_table_has_a_row_a_model_best_first(report: Report) -> None:
    table = report.table()
    assert table["model"].to_list() == ["good", "bad"]
    assert table["HR@1"].to_list() == [1, 0]
    assert table["low"].to_list() == table["high"].to_list() == [1, 0]
    assert {"NDCG@3", "coverage", "novelty", "fit_seconds"} <= set(table.columns)


def test_segments_tell_active_users_from_others(report: Report) -> None:
    segments = report.by_activity("HR@3")
    assert segments["events"].to_list() == ["1 to 3", "4 to 10", "11 to 30"]
    assert segments["n"].to_list() == [1, 1, 1]
    assert segments["good"].to_list() == [1, 1, 1]


def test_segments_tell_items_that_few_bought_from_others(report: Report) -> None:
    segments = report.by_support()
    assert segments["events"].to_list() == ["1 to 3"]
    assert segments["n"].to_list() == [3]
    assert segments["good"].to_list() == [1]
    assert segments["bad"].to_list() == [0]


def test_the_json_holds_every_figure_and_no_user(report: Report) -> None:
    content = json.loads(report.to_json())
    assert content["split"]["users"] == 3
    assert content["split"]["as_of"] == 20 * DAY
    good = content["models"]["good"]
    assert good["metrics"]["HR@3"] == {"mean": 1, "low": 1, "high": 1}
    assert good["beyond"]["k"] == 2
    assert "ann" not in report.to_json()


def test_a_saved_report_is_json_a_picture_and_a_row_for_each_user(
    report: Report, tmp_path: Path
) -> None:
    folder = report.save(tmp_path / "new" / "folder")
    assert json.loads((folder / "report.json").read_text()) == json.loads(
        report.to_json()
    )
    assert (folder / "report.png").read_bytes().startswith(b"\x89PNG")
    users = pl.read_parquet(folder / "users.parquet")
    assert users.filter(model="good")["user"].to_list() == ["ann", "bob", "cat"]
    assert users.filter(model="bad")["HR@1"].to_list() == [0, 0, 0]


def test_a_printed_report_fits_a_terminal(report: Report) -> None:
    console = Console(width=80, record=True, file=StringIO())
    console.print(report)
    text = console.export_text()
    assert "3 users" in text
    assert "1.000 … 1.000" in text
    assert "…" not in text.replace("1.000 … 1.000", "").replace(
        "0.000 … 0.000", ""
    )  # nothing was cut short


def test_a_list_of_no_items_is_refused() -> None:
    with pytest.raises(UsageError, match="1 or more"):
        evaluate({"good": GOOD}, split(), listed=0)
