"""Model files and vectors that do not fit are refused, with the next step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from basketweave.encoders import load_encoder, save_encoder
from basketweave.errors import DataError
from basketweave.gnn import GraphFilterConfig
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.subgraph import Subgraph
from basketweave.sequence import GRU4RecConfig
from tests.graphs import events_graph, histories


def board() -> Subgraph:
    return events_graph(histories([[0, 1, 2]] * 4), list("abcd"), list("xyz"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "model.pt"
    save_encoder(GRU4RecConfig(dim=8).build(board()), path)
    return path


def changed(path: Path, **parts: Any) -> Path:
    content = torch.load(path, weights_only=True)
    torch.save({**content, **parts}, path)
    return path


def test_a_file_of_another_format_is_refused(file: Path) -> None:
    with pytest.raises(DataError, match="has format 99, this version reads 1"):
        load_encoder(changed(file, format=99))


def test_a_model_that_this_version_does_not_know_is_refused(file: Path) -> None:
    with pytest.raises(DataError, match="'Oracle', which this version does not know"):
        load_encoder(changed(file, model="Oracle"))


def test_a_setting_that_this_version_does_not_know_is_refused(file: Path) -> None:
    with pytest.raises(DataError, match=r"of another version .* Train the model again"):
        load_encoder(changed(file, config='{"dim": 8, "oracle": true}'))


def test_parameters_of_another_shape_are_refused(file: Path) -> None:
    state = torch.load(file, weights_only=True)["state"]
    state["items.id.weight"] = torch.zeros(4, 9)
    with pytest.raises(DataError, match=r"of another version .* Train the model again"):
        load_encoder(changed(file, state=state))


def test_a_model_without_parameters_is_read_back(tmp_path: Path) -> None:
    save_encoder(GraphFilterConfig(dim=2).build(board()), tmp_path / "filter.pt")
    assert load_encoder(tmp_path / "filter.pt").config.name == "filter"


def test_users_and_items_of_different_width_are_no_vectors() -> None:
    users, items = np.ones((2, 4), np.float32), np.ones((3, 5), np.float32)
    with pytest.raises(DataError, match="4-wide user and 5-wide item vectors"):
        Vectors(
            ModelCard("gat"),
            pl.Series(["a", "b"]),
            pl.Series(["x", "y", "z"]),
            unit(users),
            unit(items),
        )


def test_a_model_file_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model file"):
        load_encoder(tmp_path / "none.pt")
    (tmp_path / "broken.pt").write_bytes(b"PK not a model")
    with pytest.raises(DataError, match="not a whole model file"):
        load_encoder(tmp_path / "broken.pt")
