"""The figures of an experiment: means over seeds, order, and what comes back."""

from __future__ import annotations

from math import isnan

import pytest

from basketweave.recipes.table import Line, Table

LINES = {
    "low": Line({"HR@1": [0.1, 0.3], "HR@5": [0.9]}, 0.1, 0.3),
    "high": Line({"HR@1": [0.5]}),
    "late": Line({"HR@5": [0.7]}),
}


def test_a_line_has_the_mean_and_spread_of_its_seeds() -> None:
    assert LINES["low"].mean("HR@1") == pytest.approx(0.2)
    assert LINES["low"].spread("HR@1") == pytest.approx(0.2 / 2**0.5)
    assert LINES["high"].spread("HR@1") == 0
    assert isnan(LINES["high"].mean("HR@5"))


def test_the_best_stand_first_and_those_not_asked_the_first_metric_last() -> None:
    metrics = ["HR@1", "HR@5"]
    assert Table(metrics, LINES).ordered() == ["high", "low", "late"]
    assert Table(metrics, LINES, lower=True).ordered() == ["low", "high", "late"]


def test_a_table_comes_back_from_its_json() -> None:
    told = Table(["HR@1"], LINES, ["a fact"], {"low": {"k": 3}}, ["told"], True, ["p"])
    assert Table.from_dict(told.to_dict()) == told
