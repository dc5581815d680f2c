"""Recipes: what they may say, and one run from data to report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from basketweave.errors import UsageError
from basketweave.recipes import read_recipe, run_recipe, shipped
from basketweave.recipes.recipe import parse

TINY = """
name: tiny
title: MovieLens, small
about: A small run.
reference:
  system: someone's
  data: MovieLens
  protocol: unknown
  figures: {NDCG@10: 0.5}
  comparable: no, another split
experiments:
  films:
    title: The last film
    data: {source: "recbole:ml-100k", options: {since: "1998-04-01"}}
    protocol: {split: last-item, known: new, kind: RATED}
    models:
      popularity: {baseline: popularity}
      item-kNN: {baseline: item-knn}
      filter: {encoder: filter, settings: {dim: 16}}
      started: {encoder: gru4rec, inputs: [filter], settings: {dim: 16, epochs: 1}}
      both: {fused: [popularity, filter]}
    blend: {encoders: [filter]}
    seeds: [0, 1]
show: films
"""


def test_every_shipped_recipe_can_be_read() -> None:
    assert shipped()
    for name in shipped():
        assert read_recipe(name).name == name


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("title: MovieLens", "titel: MovieLens", "titel: no such key; use name, title"),
        ("known: new", "known: old", "'new', 'again' or 'any'"),
        ("known: new", "knwon: new", "knwon: no such key; use split, days, known"),
        ("split: last-item", "split: by-luck", "'time', 'last-item' or 'test-file'"),
        ("[popularity, filter]", "[popularity, gat]", "fuses 'gat', which is no model"),
        ("inputs: [filter]", "inputs: [both]", "'both', which is no encoder"),
        ("inputs: [filter]", "inputs: [started]", "'started', which is no encoder"),
        ("encoders: [filter]", "encoders: [both]", "'both', which is no encoder"),
        ("{baseline: popularity}", "{}", "name one of baseline, encoder"),
        ("show: films", "show: books", "'books', which is no experiment"),
        ("kind: RATED", "metrics: [Luck@10]", "'Luck@10' is no metric"),
        ("name: tiny", "name: [", "is not YAML"),
    ],
)
def test_a_wrong_recipe_is_told_with_the_key(old: str, new: str, told: str) -> None:
    assert old in TINY
    with pytest.raises(UsageError, match="tiny") as error:
        parse(TINY.replace(old, new), "tiny.yaml")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{dim: 16}", "{dim: 1}", "dim"),
        ("{dim: 16}", "{dims: 16}", "no setting dims"),
        ("{encoder: filter", "{encoder: filtre", "'filtre' is no encoder"),
        ("{baseline: item-knn}", "{baseline: knn}", "'knn' is not a baseline"),
    ],
)
def test_a_wrong_setting_is_told_before_any_work(
    old: str, new: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        run_recipe(parse(TINY.replace(old, new), "tiny.yaml"), tmp_path / "run")
    assert not any(tmp_path.rglob("*.lbug"))


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="sasrec_sessions"):
        read_recipe("sasrec")


def test_a_recipe_runs_from_data_to_report_and_keeps_what_is_done(
    tmp_path: Path,
) -> None:
    recipe = parse(TINY, "tiny.yaml")
    done = run_recipe(recipe, tmp_path / "tiny")
    table = done.tables["films"]
    assert {"popularity", "item-kNN", "filter", "both", "blend"} <= table.lines.keys()
    assert len(table.lines["filter"].values["NDCG@10"]) == 2
    assert len(table.lines["item-kNN"].values["NDCG@10"]) == 1
    best = table.lines[table.ordered()[0]].mean("NDCG@10")
    assert best >= table.lines["popularity"].mean("NDCG@10") > 0
    text = done.report.read_text(encoding="utf-8")
    for told in ("May they be compared", "NDCG@10", "Similar to item", "The blend"):
        assert told in text
    assert (tmp_path / "tiny/films.png").stat().st_size > 5_000
    content = json.loads((tmp_path / "tiny/report.json").read_text(encoding="utf-8"))
    assert content["experiments"]["films"]["models"].keys() == table.lines.keys()

    (tmp_path / "stores").rename(tmp_path / "elsewhere")  # nothing is read again
    again = run_recipe(recipe, tmp_path / "tiny")
    assert again.tables == done.tables
    assert again.report.read_text(encoding="utf-8") == text
