"""Recipes: what they may say, and one run from data to report."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
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
    protocol: {split: last-item, known: new, kind: RATED, users: 40}
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
        (
            "title: MovieLens",
            "titel: MovieLens",
            "'titel' is not a setting. Did you mean 'title'? Allowed here: name",
        ),
        ("known: new", "known: old", "'new', 'again' or 'any'"),
        (
            "known: new",
            "knwon: new",
            "knwon' is not a setting. Did you mean 'known'? Allowed here: split",
        ),
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
        ("{dim: 16}", "{dims: 16}", "'dims' is not a setting"),
        ("{encoder: filter", "{encoder: filtre", "'filtre' is no encoder"),
        ("{baseline: item-knn}", "{baseline: knn}", "'knn' is no baseline"),
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
    assert "40 rows to rank" in text
    assert (tmp_path / "tiny/films.png").stat().st_size > 5_000
    content = json.loads((tmp_path / "tiny/report.json").read_text(encoding="utf-8"))
    assert content["experiments"]["films"]["models"].keys() == table.lines.keys()

    (tmp_path / "stores").rename(tmp_path / "elsewhere")  # nothing is read again
    again = run_recipe(recipe, tmp_path / "tiny")
    assert again.tables == done.tables
    assert again.report.read_text(encoding="utf-8") == text


def test_without_a_refit_every_model_is_trained_once(tmp_path: Path) -> None:
    text = TINY.replace("users: 40}", "users: 40, refit: false}")
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
