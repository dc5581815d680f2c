"""The search for settings: what it finds, and how it goes on."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import polars as pl
import pytest
import yaml
from filelock import FileLock
from typer.testing import CliRunner

from basketweave.baselines import baseline
from basketweave.cli.app import app
from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation import Split, evaluate
from basketweave.graph import connect
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables
from basketweave.tuning import (
    Choices,
    Measured,
    Range,
    SearchSpace,
    search,
    tune,
    validation_of,
)
from basketweave.tuning import measure as real_measure

RATED: dict[str, Any] = {"days": 7, "kind": "RATED"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "films.lbug"
    with connect(path) as graph:
        graph.load(load_tables("recbole:ml-100k", since="1998-03-15"))
    return path


@pytest.fixture(scope="module")
def films(store: Path) -> Subgraph:
    with connect(store, read_only=True) as graph:
        return graph.export()


@pytest.fixture(scope="module")
def asked(films: Subgraph) -> Split:
    return validation_of(films, **RATED)


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def test_the_best_settings_reach_on_validation_what_is_told(asked: Split) -> None:
    found = tune(asked, "ease", trials=4)
    assert [trial.number for trial in found.trials] == [1, 2, 3, 4]
    assert found.trials[0].settings == {"regularization": 250}
    best = found.best
    assert best.ndcg == max(trial.ndcg or 0 for trial in found.trials)
    again = evaluate(
        {"model": baseline("ease", kind="RATED", **best.settings)}, asked, fit=True
    )
    assert best.ndcg == again.value("model")
    assert yaml.safe_load(found.to_yaml()) == {"settings": dict(best.settings)}


def test_the_test_part_is_never_looked_at(films: Subgraph) -> None:
    events = films.events["RATED"]
    late = events.time > events.time.max() - 7 * 86_400
    assert late.any()
    item = np.where(late, films.shape[1] - 1 - events.item, events.item)
    other = replace(films, events={"RATED": replace(events, item=item)})
    one, two = (
        tune(validation_of(full, **RATED), "rp3beta", trials=3)
        for full in (films, other)
    )
    assert [(t.settings, t.ndcg) for t in one.trials] == [
        (t.settings, t.ndcg) for t in two.trials
    ]


def test_an_encoder_is_trained_and_its_best_epoch_told(asked: Split) -> None:
    small: SearchSpace = {"dim": Range(low=4, high=8), "epochs": Choices(choices=(2,))}
    found = tune(asked, "lightgcn", searched=small, trials=2, users=50)
    assert {trial.settings["epochs"] for trial in found.trials} == {2}
    assert all(trial.epoch in (0, 1, 2) for trial in found.trials)
    assert found.best.ndcg is not None


def test_a_training_behind_the_others_is_broken_off(
    asked: Split, tmp_path: Path
) -> None:
    few = {"dim": Choices(choices=(4,)), "epochs": Choices(choices=(3,))}
    path = tmp_path / "study.db"
    tune(asked, "lightgcn", searched=few, trials=1, study=path)
    study = optuna.load_study(study_name="lightgcn", storage=f"sqlite:///{path}")
    done = study.trials[0]
    for _ in range(5):
        study.add_trial(
            optuna.trial.create_trial(
                params=done.params,
                distributions=done.distributions,
                value=1.0,
                intermediate_values={1: 1.0, 2: 1.0, 3: 1.0},
            )
        )
    found = tune(asked, "lightgcn", searched=few, trials=7, study=path)
    last = found.trials[-1]
    assert (last.state, last.epoch) == ("pruned", 2)
    assert last.ndcg is not None


def test_a_search_that_was_killed_ends_as_if_it_had_not_been(
    asked: Split, tmp_path: Path
) -> None:
    path = tmp_path / "study.db"
    child = os.fork()
    if not child:
        _dies_in_the_third_trial(asked, path)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    resumed = tune(asked, "markov", trials=5, study=path, seed=3)
    unbroken = tune(asked, "markov", trials=5, seed=3)
    assert [(t.settings, t.ndcg) for t in resumed.trials] == [
        (t.settings, t.ndcg) for t in unbroken.trials
    ]
    assert len(tune(asked, "markov", trials=5, study=path, seed=3).trials) == 5


def _dies_in_the_third_trial(asked: Split, path: Path) -> None:
    calls = iter(range(3))

    def measure(*args: Any, **given: Any) -> Measured:
        if next(calls) == 2:
            os._exit(9)
        return real_measure(*args, **given)

    try:
        vars(search)["measure"] = measure
        tune(asked, "markov", trials=5, study=path, seed=3)
    finally:
        os._exit(1)


def test_a_study_of_another_search_is_refused(asked: Split, tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    tune(asked, "popularity", trials=1, study=path)
    with pytest.raises(UsageError, match="another space or seed"):
        tune(asked, "popularity", trials=1, study=path, seed=1)
    with FileLock(f"{path}.lock"), pytest.raises(UsageError, match="Another search"):
        tune(asked, "popularity", trials=1, study=path)
    path.write_text("not a database, but long enough to be looked at as one" * 99)
    with pytest.raises(UsageError, match="cannot be used as a study"):
        tune(asked, "popularity", trials=1, study=path)


def test_settings_that_do_not_go_together_are_passed_over(asked: Split) -> None:
    odd = {
        "heads": Choices(choices=(2, 3)),
        "dim": Choices(choices=(4,)),
        "epochs": Choices(choices=(1,)),
    }
    found = tune(asked, "sasrec", searched=odd, trials=4, users=50)
    told = {t.why for t in found.trials if t.settings["heads"] == 3}
    assert all("cannot be shared by 3 heads" in str(why) for why in told)
    with pytest.raises(TrainingError, match="cannot be shared by 3 heads"):
        tune(
            asked, "sasrec", searched={**odd, "heads": Choices(choices=(3,))}, trials=1
        )


def test_no_trial_begins_after_the_time_is_over(asked: Split) -> None:
    with pytest.raises(TrainingError, match="No trial was completed"):
        tune(asked, "ease", timeout=1e-9)
    with pytest.raises(UsageError, match="`trials` must be 1 or more"):
        tune(asked, "ease", trials=0)


def test_without_optuna_the_extra_is_named(
    asked: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UsageError, match=r"pip install 'basketweave\[tune\]'"):
        tune(asked, "ease")


def test_the_command_prints_a_recipes_settings_and_keeps_the_trials(
    store: Path, tmp_path: Path
) -> None:
    command = ["tune", "item-knn", "--store", str(store), "--kind", "RATED"]
    command += ["--days", "7", "--folder", str(tmp_path), "--trials", "11"]
    shown = CliRunner().invoke(app, command)
    assert shown.exit_code == 0, shown.output
    settings = yaml.safe_load(shown.stdout)["settings"]
    baseline("item-knn", **settings)
    trials = pl.read_csv(tmp_path / "item-knn/trials.csv")
    assert len(trials) == 11
    assert settings.keys() <= set(trials.columns)
    assert (tmp_path / "item-knn/trials.png").stat().st_size > 5_000
    kept = (tmp_path / "item-knn/best.yaml").read_text(encoding="utf-8")
    assert kept == shown.stdout
    again = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert again["settings"] == settings
    assert sum(again["importance"].values()) == pytest.approx(1)
