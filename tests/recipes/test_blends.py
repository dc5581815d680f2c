"""Blends of a recipe: what they choose, and on what they learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from basketweave import Recommender, connect
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.sides import fitted
from basketweave.choosing.weights import learn
from basketweave.encoders.registry import configured
from basketweave.errors import UsageError
from basketweave.graph.derive import DeriveConfig, FollowedBy
from basketweave.recipes import run_recipe
from basketweave.recipes.data import load, windows
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.ranking import Outcome, run_ranking
from basketweave.recipes.recipe import Recipe, parse
from basketweave.training.loop import train

RECIPE = """
name: habits
title: A shop of habits, small
about: A small run.
experiments:
  habits:
    title: The next week
    data: {source: SOURCE}
    protocol: {days: 7, known: any, also: new, metrics: ["NDCG@5"]}
    models:
      popularity: {baseline: popularity}
      own: {baseline: own-frequency}
      trees: {baseline: repeat-ranker, settings: {days: 7, step: 7, trees: 5}}
      narrow: {encoder: filter, settings: {dim: 2}}
      wide: {encoder: filter, settings: {dim: 8}}
      attributes: {encoder: attributes, settings: {dim: 4}}
      a sum: {fused: {popularity: 0.25, own: 0.75}}
      with content: {blend: {encoders: [wide, attributes]}}
      with trees: {blend: {repeat: trees}}
    blend:
      encoders: [[narrow, wide]]
      settings: {co_purchased: 0}
      derive: {followed_by: {top_k: 3}}
      windows: 3
      users: 20
      ablations: false
show: habits
"""


@pytest.fixture(scope="module")
def recipe(habits: str) -> Recipe:
    return parse(RECIPE.replace("SOURCE", habits), "habits.yaml")


@pytest.fixture(scope="module")
def experiment(recipe: Recipe) -> Experiment:
    return recipe.experiments["habits"]


@pytest.fixture(scope="module")
def outcome(
    experiment: Experiment, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    folder = tmp_path_factory.mktemp("run")
    full = load(experiment.data, folder).full
    return run_ranking(
        experiment, windows(full, experiment.protocol, "shop"), folder, 0
    )


def test_of_a_list_of_encoders_the_one_whose_blend_reaches_most_is_used(
    outcome: Outcome,
) -> None:
    blend = outcome.blends["blend"]
    mean = {label: np.mean([*each.values()]) for label, each in blend.tried.items()}
    assert mean.keys() == {"narrow", "wide"}
    assert [v.card.name for v in blend.side.vectors] == [
        max(mean, key=mean.__getitem__)
    ]


def test_weights_are_learned_on_as_many_windows_as_are_asked_for(
    outcome: Outcome, experiment: Experiment, tmp_path: Path
) -> None:
    full = load(experiment.data, tmp_path).full
    asked = windows(full, experiment.protocol, "shop")
    (vectors,) = outcome.blends["blend"].side.vectors
    dim = {"narrow": 2, "wide": 8}[vectors.card.name]
    config = configured("filter", name="again", dim=dim)
    derive = DeriveConfig(followed_by=FollowedBy(top_k=3))
    sides = []
    for split in (asked.at(n) for n in (1, 2, 3)):
        past = train(split.train, config).vectors
        side = fitted(split, [past], BlendSettings(co_purchased=0), derive)
        sides.append((side.sources, split))
    assert outcome.blends["blend"].learned["new"] == learn(sides, "new", users=20)
    times = [split.train.as_of or 0 for _, split in sides]
    assert times == sorted(times, reverse=True)


def test_the_trees_take_the_place_of_the_part_repeat(outcome: Outcome) -> None:
    plain, trees = (outcome.blends[n].side.sources for n in ("blend", "with trees"))
    users, items = (outcome.reports[0].split.train.n(n) for n in ("User", "Item"))
    had = plain.repeat.matrix(items).toarray() > 0
    chance = trees.repeat.matrix(items).toarray()
    assert chance.shape == (users, items)
    assert not chance[~had].any()
    assert chance[had].min() > 0
    assert chance.max() <= 1


def test_what_knows_own_items_alone_is_not_asked_for_new_ones(
    outcome: Outcome,
) -> None:
    every, new = outcome.reports
    assert (every.split.known, new.split.known) == ("any", "new")
    own = {"own", "trees", "part: repeat"}
    assert every.results.keys() - new.results.keys() == own


def test_a_sum_has_the_weights_that_were_given(outcome: Outcome) -> None:
    assert outcome.chosen["a sum"]["weights"] == {"popularity": 0.25, "own": 0.75}
    assert outcome.reports[0].value("a sum", "NDCG@5") > 0


def test_the_report_has_both_ways_of_asking_and_both_blends_go_live(
    recipe: Recipe, tmp_path: Path
) -> None:
    done = run_recipe(recipe, tmp_path / "run")
    table = done.tables["habits"]
    assert table.metrics == ["NDCG@5", "NDCG@5, new"]
    assert table.lines["own"].values.keys() == {"NDCG@5"}
    assert table.lines["with trees"].mean("NDCG@5, new") > 0
    text = done.report.read_text(encoding="utf-8")
    assert "The published system" not in text
    assert "'with content' " in text
    row = next(line for line in text.splitlines() if line.startswith("| own |"))
    assert row.split("|")[3].strip() == ""
    (path,) = (tmp_path / "stores").glob("*.lbug")
    with connect(path) as store:
        live = {v.card.name for v in store.models() if v.status == "live"}
        assert {"blend_any", "blend_new"} <= live
        assert len(Recommender(store).recommend("u1", 3, known="new")) == 3
    assert run_recipe(recipe, tmp_path / "run").tables == done.tables


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[[narrow, wide]]", "[[narrow, own]]", "names 'own', which is no encoder"),
        ("repeat: trees", "repeat: wide", "names 'wide', which is no baseline"),
        ("days: 7, known", "split: last-item, known", "needs `split: time`"),
        ("own: 0.75", "with trees: 0.75", "fuses 'with trees', which is no model"),
    ],
)
def test_a_blend_that_cannot_be_is_told(
    recipe: Recipe, old: str, new: str, told: str
) -> None:
    assert old in RECIPE
    with pytest.raises(UsageError, match=told):
        parse(RECIPE.replace(old, new), "habits.yaml")
