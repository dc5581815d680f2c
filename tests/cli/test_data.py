"""`load --to`, `generate` and `derive --events`, as one types them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.cli import main
from basketweave.graph import connect
from basketweave.graph.sharded.vector_parts import VectorParts
from basketweave.graph.vectors import rows_for
from basketweave.loaders.generate import Generated, generate


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


def test_parts_are_written_and_derived_from_as_a_store_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    generate(Generated(events=1_500), Path("shop"))
    assert run("load", "parquet:shop", "--to", "parts", "--parts", "3") == 0
    assert run("load", "parquet:shop", "--store", "shop.lbug") == 0
    sharded = ("derive", "--events", "parts", "--shards", "5", "--processes", "1")
    told = []
    for words in (
        (*sharded, "--only-files", "--json"),
        (*sharded, "--store", "shop.lbug", "--json"),
        ("derive", "--store", "shop.lbug", "--json"),
    ):
        capsys.readouterr()
        assert run(*words) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1] == told[2]
    assert told[0]["co_purchased"] > 0
    edges = pl.read_parquet("parts/derived/CO_PURCHASED/*.parquet")
    assert len(edges) == told[0]["co_purchased"]


def test_parts_are_compared_on(
    generated_shop: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    few = ("--baseline", "popularity", "--processes", "1", "--days", "60")
    assert run("evaluate", "--from", str(generated_shop), "--people", "100", *few) == 0
    assert "part: graph" in capsys.readouterr().out
    assert Path("evaluation-report/report.json").exists()
    assert not any(Path("evaluation-report/work").iterdir())


def test_everyone_is_encoded_from_parts_and_published_into_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    generate(Generated(events=1_500), Path("shop"))
    assert run("load", "parquet:shop", "--store", "shop.lbug") == 0
    train = ("train", "gcn", "--from", "shop", "--epochs", "1", "--dim", "8")
    assert run(*train) == 2
    assert run(*train, "--to", "vectors", "--sample", "40") == 0
    assert run("publish", "vectors", "--store", "shop.lbug") == 0
    assert "gcn version 1 is live" in capsys.readouterr().out
    found = VectorParts.open(Path("vectors")).all()
    with connect("shop.lbug") as store:
        live = store.vectors("gcn")
    assert len(live.users) == pl.read_parquet("shop/users.parquet")["id"].n_unique()
    rows = rows_for(live.users, found.users, found.user_vectors)
    np.testing.assert_allclose(live.user_vectors, rows, atol=1e-6)
    assert sorted(live.items) == sorted(found.items)


def test_a_day_that_is_added_is_counted_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    generate(Generated(events=1_500), Path("shop"))
    assert (
        run(
            "load",
            "parquet:shop",
            "--until",
            "2023-12-01",
            *("--to", "parts", "--parts", "2"),
        )
        == 0
    )
    derive = ("derive", "--events", "parts", "--processes", "1", "--keep")
    assert run(*derive, "--only-files") == 0
    day = ("load", "parquet:shop", "--since", "2023-12-01", "--to", "parts", "--add")
    assert run(*day) == 0
    assert run(*derive, "--only-files", "--json") == 0
    assert json.loads(Path("parts/derived/derived.json").read_text())["renewed"]


def test_what_only_parts_can_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("derive", "--shards", "4") == 2
    assert "--events" in capsys.readouterr().err
    assert run("derive", "--spark", "local[1]") == 2
    assert "--events" in capsys.readouterr().err
    assert run("load", "parquet:shop", "--add") == 2
    assert "--to FOLDER" in capsys.readouterr().err


def test_what_spark_writes_elsewhere_is_not_put_into_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    generate(Generated(events=100), Path("shop"))
    assert run("load", "parquet:shop", "--store", "shop.lbug") == 0
    there = ("--events", "s3a://shop/parts", "--spark", "spark://10.0.0.5:7077")
    assert run("derive", *there, "--store", "shop.lbug") == 2
    assert "--only-files" in capsys.readouterr().err


def test_a_folder_that_has_no_parts_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("derive", "--events", str(tmp_path), "--only-files") == 3
    assert "load SOURCE --to FOLDER" in capsys.readouterr().err.replace("\n", " ")
