"""A store's name that is misspelt is told; only `load` makes a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from basketweave.cli.app import app
from basketweave.errors import StoreError
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.saved import save_vectors

COMMANDS = (
    ["derive"],
    ["doctor"],
    ["train", "filter"],
    ["train", "filter", "--publish"],
    ["publish", "gat.npz"],
    ["models"],
    ["use", "gat"],
    ["retire", "gat"],
    ["rollback", "gat"],
    ["blend"],
    ["tune", "filter"],
    ["evaluate"],
    ["recommend", "1"],
    ["recommend-all", "--out", "lists.csv"],
    ["similar", "1"],
    ["explain", "1", "2"],
    ["serve", "--port", "0"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_store_that_is_not_there_is_told_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = unit(np.eye(2, 4))
    ids = pl.Series(["1", "2"])
    save_vectors(Vectors(ModelCard("gat"), ids, ids, rows, rows), Path("gat.npz"))
    done = CliRunner().invoke(app, [*command, "--store", "typo.lbug"])
    assert isinstance(done.exception, StoreError)
    assert "There is no store at typo.lbug" in str(done.exception)
    assert "basketweave load" in str(done.exception)
    assert not list(tmp_path.glob("typo*"))
    assert not (tmp_path / "lists.csv").exists()
