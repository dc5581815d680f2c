"""Recipes run from data to report, and keep what is done."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from basketweave.errors import UsageError
from basketweave.recipes import run_recipe
from basketweave.recipes.recipe import parse


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{dim: 16}", "{dim: 1}", "dim"),
        ("{dim: 16}", "{dims: 16}", "'dims' is not a setting"),
        ("{encoder: filter", "{encoder: filtre", "'filtre' is no encoder"),
        ("{baseline: item-knn}", "{baseline: knn}", "'knn' is no baseline"),
    ],
)
def test_a_wrong_setting_is_told_before_any_work(
    tiny: str, old: str, new: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        run_recipe(parse(tiny.replace(old, new), "tiny.yaml"), tmp_path / "run")
    assert not any(tmp_path.rglob("*.lbug"))


def test_a_recipe_runs_from_data_to_report_and_keeps_what_is_done(
    tiny: str,
    tmp_path: Path,
) -> None:
    recipe = parse(tiny, "tiny.yaml")
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
    assert "40 rows to rank" in text
    assert (tmp_path / "tiny/films.png").stat().st_size > 5_000
    content = json.loads((tmp_path / "tiny/report.json").read_text(encoding="utf-8"))
    assert content["experiments"]["films"]["models"].keys() == table.lines.keys()

    (tmp_path / "stores").rename(tmp_path / "elsewhere")  # nothing is read again
    again = run_recipe(recipe, tmp_path / "tiny")
    assert again.tables == done.tables
    assert again.report.read_text(encoding="utf-8") == text


STARS = """
name: stars
title: Stars, small
about: A small run.
reference: {system: x, data: x, protocol: x, figures: {RMSE: 1.2}, comparable: "no"}
experiments:
  stars:
    title: The last ratings
    kind: ratings
    data: {source: "recbole:ml-100k", options: {since: "1998-04-16"}}
    protocol: {kind: RATED}
    models:
      biases: {baseline: bias, settings: {shrink_users: [5, 50]}}
      one number: {baseline: bias, settings: {shrink_users: 1.0e+9, shrink_items: 1.0e+9}}
      wide: {scorer: wide-deep, settings: {loss: rating, epochs: 1, dim: 4, hidden: [8]}}
    seeds: [0, 1]
"""


def test_a_recipe_of_stars_runs_and_compares_rating_by_rating(tmp_path: Path) -> None:
    recipe = parse(STARS, "stars.yaml")
    done = run_recipe(recipe, tmp_path / "stars")
    table = done.tables["stars"]
    rmse = {label: line.mean("RMSE") for label, line in table.lines.items()}
    assert table.ordered()[0] == min(rmse, key=lambda label: rmse[label])
    assert rmse["biases"] < rmse["one number"]
    assert len(table.lines["wide"].values["RMSE"]) == 2
    assert table.chosen["biases"]["shrink_users"] in (5, 50)
    assert len(table.chosen["wide"]["epochs"]) == 2
    text = done.report.read_text(encoding="utf-8")
    for told in ("better than one number: mean squared error", "4 stars or more"):
        assert told in text

    # Another setting is another training, not a checkpoint that does not fit.
    again = parse(STARS.replace("dim: 4", "dim: 2"), "stars.yaml")
    assert run_recipe(again, tmp_path / "stars").tables != done.tables


GATE = """
name: gated
title: A gate, small
about: A small run.
reference: {system: x, data: x, protocol: x, figures: {}, comparable: "no"}
experiments:
  hours:
    title: The next basket at its hour
    kind: gate
    data: {source: SOURCE}
    protocol: {days: 7, metrics: ["NDCG@5"]}
    models:
      attributes: {encoder: attributes, settings: {dim: 4}}
    blend: {encoders: [attributes]}
    gate: {epochs: 2}
"""
SHOP = """
name: shop
events: {file: orders.csv, user: user, item: item, time: {column: time, format: unix}}
items: {file: items.csv, id: item, brand: brand}
"""


def test_a_recipe_of_a_gate_runs_and_draws_its_entropy(tmp_path: Path) -> None:
    # Of a morning people buy one of their two favourites, of an evening anything.
    day, rng = 86_400, np.random.default_rng(0)
    orders = [
        f"u{user},i{item},{(17_003 + n) * day + hour * 3600}"
        for user in range(30)
        for n in range(56)
        for hour, item in ((9, user % 12 + n % 2), (20, rng.geometric(0.2) % 12))
    ]
    items = [f"i{n},{'wine' if n > 5 else 'bread'}" for n in range(13)]
    (tmp_path / "orders.csv").write_text("\n".join(["user,item,time", *orders]))
    (tmp_path / "items.csv").write_text("\n".join(["item,brand", *items]))
    source = tmp_path / "shop.yaml"
    source.write_text(SHOP)
    recipe = parse(GATE.replace("SOURCE", str(source)), "gated.yaml")
    done = run_recipe(recipe, tmp_path / "runs/gated")
    table = done.tables["hours"]
    models = {"static weights", "weights by activity", "gate", "gate without context"}
    assert models | {"gate, plain and large"} <= table.lines.keys()
    assert all(line.mean("NDCG@5") > 0 for line in table.lines.values())
    assert 0 < table.chosen["gate"]["largest weight"] <= 1
    assert any("static weights" in told for told in table.told)
    assert (tmp_path / "runs/gated/gate-entropy.png").stat().st_size > 5_000
    assert "gate-entropy.png" in done.report.read_text(encoding="utf-8")


REPLICA = """
name: replica
title: All Beauty, the published split
about: A graph encoder and a sequence encoder, asked of histories.
reference:
  {system: one, data: All Beauty, protocol: its own, figures: {NDCG@10: 0.9}, comparable: "no"}
experiments:
  sessions:
    title: What comes next
    data: {source: "SOURCE"}
    protocol: {split: test-file, kind: VIEWED, metrics: ["Recall@10"]}
    models:
      popularity: {baseline: popularity}
      gat: {encoder: gat, settings: {epochs: 1, horizon: null, dim: 16}}
      gru4rec: {encoder: gru4rec, inputs: [gat], settings: {epochs: 2, dim: 16}}
      both: {fused: [gat, gru4rec]}
"""


def replica(folder: Path) -> str:
    """Sessions that walk along 12 items, in the form of the published split."""
    rng = np.random.default_rng(0)
    walks = [
        [(s + k) % 12 for k in range(4)] for s in rng.integers(0, 12, 120).tolist()
    ]
    rows = [[n, walk[:3], walk[3]] for n, walk in enumerate(walks)]
    parts = {"train": rows[:80], "val": rows[80:100], "test": rows[100:]}
    folder.mkdir()
    with gzip.open(folder / "fusion_split_replica.json.gz", "wt") as file:
        json.dump(parts, file)
    return f"all_beauty:replica:{folder}"


def test_encoders_of_every_kind_are_asked_of_histories(tmp_path: Path) -> None:
    source = replica(tmp_path / "split")
    recipe = parse(REPLICA.replace("SOURCE", source), "replica.yaml")
    found = run_recipe(recipe, tmp_path / "replica").tables["sessions"]
    assert found.lines.keys() == {"popularity", "gat", "gru4rec", "both"}
    assert found.chosen["gru4rec"]["epochs"] >= 1
    assert all(line.mean("Recall@10") > 0.5 for line in found.lines.values())


@pytest.mark.data
def test_a_sequence_encoder_repeats_the_published_split(tmp_path: Path) -> None:
    recipe = parse(REPLICA.replace("SOURCE", "all_beauty:replica"), "replica.yaml")
    found = run_recipe(recipe, tmp_path / "replica").tables["sessions"]
    assert found.lines["gru4rec"].mean("Recall@10") > 0.8


def test_without_a_refit_every_model_is_trained_once(tiny: str, tmp_path: Path) -> None:
    text = tiny.replace("users: 40}", "users: 40, refit: false}")
    text = text.replace("show: films", "")
    done = run_recipe(parse(text, "tiny.yaml"), tmp_path / "tiny")
    kept = {path.name for path in (tmp_path / "tiny").rglob("started-*")}
    assert "started-validation.pt" in kept
    assert "started-test.pt" not in kept
    assert "nothing is learnt from the later ones" in done.tables["films"].facts[0]
    assert {"both", "blend"} <= done.tables["films"].lines.keys()


def test_only_rankings_go_without_a_refit() -> None:
    text = STARS.replace("protocol: {kind: RATED}", "protocol: {refit: false}")
    with pytest.raises(UsageError, match="`refit: false` is for rankings"):
        parse(text, "stars.yaml")
