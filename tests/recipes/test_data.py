"""A recipe over sessions: baselines chosen from lists, and models mixed."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from basketweave.errors import UsageError
from basketweave.recipes import run_recipe
from basketweave.recipes.data import load, windows
from basketweave.recipes.protocol import Data, Protocol
from basketweave.recipes.recipe import parse

RECIPE = """
name: tiny
title: Sessions, few
about: A small run.
reference:
  {{system: none, data: none, protocol: none, figures: {{}}, comparable: unknown}}
experiments:
  sessions:
    title: The next click
    data: {{source: "retailrocket:{folder}"}}
    protocol: {{split: test-file, kind: VIEWED, metrics: ["MRR@5", "HR@5"]}}
    models:
      Markov: {{baseline: markov, settings: {{gap: [1, 2], itself: false}}}}
      ALS: {{baseline: als, settings: {{factors: [2, 8], iterations: 2}}}}
      sasrec:
        encoder: sasrec
        settings: {{dim: 8, epochs: 2, patience: 1, repeats: 3, negatives: 20}}
      both: {{mixed: [Markov, sasrec]}}
    seeds: [0, 1]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """300 sessions that walk along 30 items, and 20 prefixes of others, as published."""
    rng = np.random.default_rng(0)
    start = rng.integers(0, 30, 320)
    length = rng.integers(3, 8, 320)
    walks = [
        [str(1 + (s + k) % 30) for k in range(n)]
        for s, n in zip(start, length, strict=True)
    ]
    shop = tmp_path / "shop"
    shop.mkdir()
    with gzip.open(shop / "train_sessions.txt.gz", "wt") as file:
        file.writelines(" ".join(walk) + "\n" for walk in walks[:300])
    with gzip.open(shop / "test_pairs.txt.gz", "wt") as file:
        file.writelines(f"{' '.join(w[:2])}\t{w[2]}\n" for w in walks[300:])
    return shop


def test_validation_asks_of_sessions_what_the_test_asks(
    folder: Path, tmp_path: Path
) -> None:
    full = load(Data(source=f"retailrocket:{folder}"), tmp_path / "stores").full
    asked = Protocol(split="test-file", kind="VIEWED")
    found = windows(full, asked, f"retailrocket:{folder}")
    validation = found.validation
    assert validation.prefixes is not None
    assert min(map(len, validation.prefixes)) == 2
    assert len(found.test) == 20
    assert 10 <= len(validation) <= 40
    first = validation.train.as_of
    assert first is not None
    assert validation.train.events["VIEWED"].time.max() <= first


def test_a_recipe_mixes_models_and_chooses_settings_on_validation(
    folder: Path, tmp_path: Path
) -> None:
    recipe = parse(RECIPE.format(folder=folder), "tiny.yaml")
    table = run_recipe(recipe, tmp_path / "run").tables["sessions"]
    assert len(table.lines["both"].values["MRR@5"]) == 2
    assert len(table.lines["ALS"].values["MRR@5"]) == 1
    assert table.chosen["Markov"]["gap"] in (1, 2)
    assert table.chosen["ALS"]["factors"] in (2, 8)
    assert sum(table.chosen["both"]["weights"].values()) == pytest.approx(1, abs=0.01)
    assert table.chosen["sasrec"]["epochs"] <= 2
    assert table.lines["Markov"].mean("HR@5") > 0.9
    assert table.lines["both"].mean("MRR@5") > table.lines["sasrec"].mean("MRR@5")


def test_only_sessions_are_mixed() -> None:
    text = RECIPE.format(folder="x").replace("test-file", "last-item")
    with pytest.raises(UsageError, match="'both' mixes"):
        parse(text, "tiny.yaml")
