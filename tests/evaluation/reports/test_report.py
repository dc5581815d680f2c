"""Reports: intervals, what lists look like, segments, and what is written."""

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
    interval,
    intervals,
    time_split,
)
from basketweave.evaluation.ranking import highest
from basketweave.evaluation.reports.beyond import Exposure
from basketweave.graph.subgraph import Events, FloatArray, IntArray, Subgraph

DAY = 86_400
N_ITEMS = 6


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
    user, item, day = np.array(sorted(rows), np.int64).T
    order = np.lexsort((day, user))
    value = np.full(len(rows), np.nan, np.float32)
    events = Events(user[order], item[order], day[order] * DAY, value)
    ids = {"User": pl.Series(["ann", "bob", "cat"]), "Item": pl.Series(list("abcdef"))}
    return time_split(Subgraph(ids, {"PURCHASED": events}), days=10)


@pytest.fixture
def report() -> Report:
    return evaluate({"bad": BAD, "good": GOOD}, split(), ks=[1, 3], listed=2)


def test_an_interval_holds_its_mean_and_is_the_same_for_the_same_seed() -> None:
    values = np.random.default_rng(0).random(500).astype(np.float32)
    found = interval(values)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(values.mean())
    assert found == interval(values) != interval(values, seed=1)


def test_an_interval_is_that_of_the_normal_law_for_many_users() -> None:
    values = np.random.default_rng(0).normal(1, 2, 4000).astype(np.float32)
    found = interval(values, resamples=4000)
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert found.high - found.mean == pytest.approx(half, rel=0.08)
    assert found.mean - found.low == pytest.approx(half, rel=0.08)


def test_intervals_do_not_depend_on_how_many_are_drawn_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    whole = intervals(values)
    monkeypatch.setattr("basketweave.evaluation.reports.bootstrap.DRAWS", 700)
    assert intervals(values) == pytest.approx(whole)


def test_a_paired_difference_is_clear_where_single_intervals_overlap() -> None:
    rng = np.random.default_rng(0)
    one = rng.random(300).astype(np.float32)
    other = one + rng.normal(0.01, 0.01, 300).astype(np.float32)
    assert interval(one).high > interval(other).low
    assert interval(other - one).clear
    assert not interval(one - one).clear


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


def exposure(rows: list[list[float]], k: int) -> Exposure:
    scores = np.array(rows, np.float32)
    found = Exposure(scores.shape[1], 10, k)
    found.add(scores, highest(scores, k)[:, -1])
    return found


def test_items_are_exposed_in_the_lists_where_they_stand() -> None:
    found = exposure([[3, 2, 1], [1, 2, 3]], k=2)
    assert found.lists.tolist() == [1, 2, 1]
    beyond = found.beyond(np.array([10, 5, 0]), np.full(3, True))
    assert beyond.coverage == 1
    assert beyond.novelty == pytest.approx((0 + 2 * 1 + np.log2(10)) / 4)
    assert beyond.popular_share == 0.25


def test_tied_items_share_the_places_that_are_left() -> None:
    found = exposure([[5, 1, 1, 1, 0]], k=2)
    assert found.lists.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    beyond = found.beyond(np.array([8, 4, 4, 4, 4]), np.full(5, True))
    assert beyond.coverage == pytest.approx(2 / 5)


def test_coverage_is_what_random_orders_of_the_ties_cover_on_average() -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, (4, 8)).astype(np.float32)
    covered = []
    for _ in range(4000):
        order = np.argsort(-(scores + rng.random(scores.shape) / 2), axis=1)[:, :3]
        covered.append(len(np.unique(order)) / 8)
    beyond = exposure(scores.tolist(), 3).beyond(np.ones(8, int), np.full(8, True))
    assert beyond.coverage == pytest.approx(np.mean(covered), abs=0.01)


def test_masked_items_stand_in_no_list() -> None:
    found = exposure([[1, -np.inf, -np.inf]], k=2)
    assert found.lists.tolist() == [1, 0, 0]


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
