"""Models of a recipe that stand on others, or are asked of items without events."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.errors import UsageError
from basketweave.recipes import run_recipe
from basketweave.recipes.recipe import parse

RECIPE = """
name: arrivals
title: What nobody had yet
about: A small run.
experiments:
  arrivals:
    title: New products of known makers
    data: {source: SOURCE}
    protocol: {split: new-items, known: new, metrics: ["HR@2"]}
    models:
      texts: {encoder: tfidf, settings: {dim: 8}}
      filter: {encoder: filter, settings: {dim: 4}}
      mapped: {encoder: filter, settings: {dim: 4}, new_items: texts}
"""


def test_new_items_are_found_by_what_they_are(habits: str, tmp_path: Path) -> None:
    recipe = parse(RECIPE.replace("SOURCE", habits), "arrivals.yaml")
    done = run_recipe(recipe, tmp_path / "run")
    table = done.tables["arrivals"]
    assert table.lines.keys() == {"texts", "filter", "mapped"}
    assert table.lines["mapped"].mean("HR@2") > table.lines["filter"].mean("HR@2")
    assert any("new items" in fact for fact in table.facts)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("new_items: nobody", "reads 'nobody', which is no encoder"),
        ("new_items: filter", "'filter' reads no texts"),
    ],
)
def test_only_an_encoder_of_texts_places_new_items(
    new: str, told: str, tmp_path: Path
) -> None:
    def run() -> None:
        recipe = parse(RECIPE.replace("new_items: texts", new), "arrivals.yaml")
        run_recipe(recipe, tmp_path / "run")

    with pytest.raises(UsageError, match=told):
        run()
