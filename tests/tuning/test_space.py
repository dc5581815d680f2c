"""Which settings may be searched, and in what range."""

from __future__ import annotations

import json
from pathlib import Path

import optuna
import pytest
from typer.testing import CliRunner

from basketweave.cli.app import app
from basketweave.errors import UsageError
from basketweave.evaluation import Split
from basketweave.tuning import (
    Choices,
    Range,
    search,
    space,
)
from basketweave.tuning.space import MODELS, config_of, listed


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def said(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "space.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("model", MODELS)
def test_the_defaults_of_every_model_lie_in_what_is_searched(model: str) -> None:
    found = search.SettingsSearch(model, Split, space(model), 0, "cpu").start()  # type: ignore[arg-type]
    fields = config_of(model).model_fields
    defaults = {name: fields[name].get_default() for name in space(model)}
    assert found == {n: value for n, value in defaults.items() if value is not None}


def test_a_file_changes_ranges_adds_settings_and_fixes_them(tmp_path: Path) -> None:
    text = "dim: [8, 16]\nepochs: 2\nlayers: {choices: [1, 3]}\nloss: [softmax, bpr]"
    found = space("lightgcn", said(tmp_path, text))
    assert found["dim"] == Range(low=8, high=16)
    assert found["epochs"] == Choices(choices=(2,))
    assert found["layers"] == Choices(choices=(1, 3))
    assert found["loss"] == Choices(choices=("softmax", "bpr"))
    assert found["learning_rate"] == space("lightgcn")["learning_rate"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dims: [8, 16]", "no setting 'dims'. Did you mean 'dim'? It knows name"),
        ("dim: [0, 16]", "greater than or equal to 2"),
        ("dim: [8.5, 16]", "valid integer"),
        ("dim: [16, 8]", "The low end must be below the high end"),
        ("dim: [8, lots]", "valid integer"),
        ("dim: {low: 8}", "'high' is missing"),
        ("dim: {low: 8, high: 9, step: 1}", "'step' is not a setting"),
        ("dim: []", "nothing to choose from"),
        ("shrink: {low: 0, high: 1, log: true}", "must begin above 0"),
        ("counts: [0.2, 0.7]", "It is no number, so name the choices"),
        ("counts: [maybe, true]", "counts is bool"),
        ("- dim", "must name settings"),
        ("dim: [", "is not YAML"),
    ],
)
def test_an_impossible_space_is_told_with_what_may_stand_there(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as error:
        space("filter", said(tmp_path, text))
    assert told in str(error.value)


@pytest.mark.parametrize("model", MODELS)
def test_every_setting_is_listed_with_its_meaning(model: str) -> None:
    settings = listed(model)
    assert [row["setting"] for row in settings] == list(config_of(model).model_fields)
    assert all(row["meaning"].endswith(".") for row in settings)


def test_the_command_line_lists_what_is_searched() -> None:
    done = CliRunner().invoke(app, ["tune", "ease", "--settings", "--json"])
    rows = {row["setting"]: row for row in json.loads(done.stdout)}
    assert rows["regularization"]["default"] == 250
    assert rows["regularization"]["searched"] == "1 to 10000, by order of magnitude"
    assert "λ" in rows["regularization"]["meaning"]
    assert rows["kind"]["searched"] is None


def test_an_unknown_model_is_told_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"'neumf' cannot be tuned.*gat.*ease"):
        space("neumf")
