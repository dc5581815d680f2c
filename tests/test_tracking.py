"""What trackers keep of a training: read back by the tools that people look with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation import leave_one_out
from basketweave.gnn import GraphFilterConfig, LightGCNConfig
from basketweave.graph.subgraph import Subgraph
from basketweave.ranking import scorer_config, train_scorer
from basketweave.recipes import run_recipe
from basketweave.recipes.recipe import parse
from basketweave.tracking import MLflow, TensorBoard, Tracker, Within, tracker
from basketweave.training.loop import train
from basketweave.training.trained import Trained

CONFIG = LightGCNConfig(dim=4, epochs=3, patience=9, schedule="cosine")


def trained(checkerboard_graph: Subgraph, kept: Tracker, **given: Any) -> Trained:
    split = leave_one_out(checkerboard_graph)
    return train(split.train, CONFIG, validation=split, tracker=kept, **given)


def scalars(folder: Path) -> Mapping[str, list[tuple[int, float]]]:
    read = EventAccumulator(str(folder)).Reload()
    tags: list[str] = read.Tags()["scalars"]
    return {tag: [(e.step, e.value) for e in read.Scalars(tag)] for tag in tags}


def test_tensorboard_shows_every_epoch_and_the_best(
    checkerboard_graph: Subgraph, tmp_path: Path
) -> None:
    found = trained(checkerboard_graph, tracker(str(tmp_path)))
    kept = scalars(tmp_path / "lightgcn-choosing")
    losses = [epoch.loss for epoch in found.curve]
    assert [step for step, _ in kept["loss"]] == [1, 2, 3]
    assert [value for _, value in kept["loss"]] == pytest.approx(losses)
    assert [step for step, _ in kept["validation"]] == [0, 1, 2, 3]
    rates = [0.01, 0.0075, 0.0025]
    assert [value for _, value in kept["learning rate"]] == pytest.approx(rates)
    best = found.vectors.card.metrics["validation NDCG@10"]
    assert kept["final/validation NDCG@10"][0][1] == pytest.approx(best)
    assert kept["final/best epoch"] == [(0, found.best_epoch)]


def test_a_training_that_goes_on_shows_each_epoch_once(
    checkerboard_graph: Subgraph, tmp_path: Path
) -> None:
    kept, file = TensorBoard(tmp_path), tmp_path / "run.pt"
    split = leave_one_out(checkerboard_graph)
    half = CONFIG.ending_after(1)
    train(split.train, half, validation=split, checkpoint=file, tracker=kept)
    trained(checkerboard_graph, kept, checkpoint=file)
    found = scalars(tmp_path / "lightgcn-choosing")
    assert [step for step, _ in found["loss"]] == [1, 2, 3]


def test_mlflow_keeps_config_epochs_and_metrics(
    checkerboard_graph: Subgraph, tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path}/runs.db"
    kept = tracker(f"mlflow:{uri}")
    found = trained(checkerboard_graph, Within(kept, "films"), seed=5)
    client = MlflowClient(tracking_uri=uri)
    (run,) = client.search_runs([MLflow(uri).experiment_id()])
    assert run.info.run_name == "films/lightgcn-choosing"
    assert run.info.status == "FINISHED"
    assert run.data.params["dim"] == "4"
    assert run.data.params["seed"] == "5"
    losses = client.get_metric_history(run.info.run_id, "loss")
    expected = [(n, epoch.loss) for n, epoch in enumerate(found.curve, start=1)]
    assert [(m.step, m.value) for m in losses] == expected
    best = found.vectors.card.metrics["validation NDCG@10"]
    assert run.data.metrics["final/validation NDCG at 10"] == best

    with pytest.raises(TrainingError), kept.run("broken", {}):
        raise TrainingError("no")
    runs = client.search_runs([MLflow(uri).experiment_id()])
    assert {r.info.run_name: r.info.status for r in runs}["broken"] == "FAILED"


def test_what_is_not_trained_and_what_scores_pairs_is_kept_too(
    checkerboard_graph: Subgraph, tmp_path: Path
) -> None:
    kept = TensorBoard(tmp_path)
    train(checkerboard_graph, GraphFilterConfig(dim=4), tracker=kept)
    assert "final/seconds" in scalars(tmp_path / "filter-final")
    config = scorer_config("neumf", epochs=2)
    train_scorer(checkerboard_graph, config, tracker=kept)
    assert len(scalars(tmp_path / "neumf-final")["loss"]) == 2


RECIPE = """
name: tiny
title: MovieLens, small
about: A small run.
reference: {system: x, data: x, protocol: x, figures: {}, comparable: unknown}
experiments:
  films:
    title: The last film
    data: {source: "recbole:ml-100k", options: {since: "1998-04-01"}}
    protocol: {split: last-item, known: new, kind: RATED, metrics: ["NDCG@10"]}
    models:
      popularity: {baseline: popularity}
      sasrec: {encoder: sasrec, settings: {dim: 8, epochs: 1}}
"""


def test_a_recipe_keeps_its_trainings_and_its_table(tmp_path: Path) -> None:
    recipe = parse(RECIPE, "tiny.yaml")
    kept = tracker(str(tmp_path / "track"))
    done = run_recipe(recipe, tmp_path / "tiny", tracker=kept)
    runs = tmp_path / "track/films"
    assert len(scalars(runs / "seed-0/sasrec-choosing")["loss"]) == 1
    assert len(scalars(runs / "seed-0/sasrec-final")["loss"]) == 1
    line = done.tables["films"].lines["sasrec"]
    found = scalars(runs / "table")["final/sasrec/NDCG@10"]
    assert [value for _, value in found] == pytest.approx([line.mean("NDCG@10")])


@pytest.mark.parametrize("where", ["runs", "mlflow:sqlite:///runs.db"])
def test_a_missing_extra_is_told_before_training(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tensorboard", "mlflow"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError, match=r"pip install 'basketweave\[tracking\]'"):
        tracker(where)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("mlflow:", "mlflow:sqlite:///runs.db"),
        ("mlflow:nowhere://x", "cannot keep runs at 'nowhere://x'"),
        ("mlflow:file:runs", "Use a file, mlflow:sqlite:///runs.db"),
    ],
)
def test_a_place_that_cannot_keep_runs_is_told(
    where: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=told):
        tracker(where)
