"""XSimGCL: its noise, its layers, and what it learns from real ratings."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import scipy.sparse as sp
import torch

from basketweave import connect
from basketweave.baselines import Popularity, PopularityConfig
from basketweave.errors import UsageError
from basketweave.evaluation import evaluate, holdout
from basketweave.gnn import XSimGCL, XSimGCLConfig
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables
from basketweave.training import train
from basketweave.training.bags import Bags


def test_noise_has_its_length_and_never_turns_a_sign() -> None:
    model = encoder(noise=0.3)
    x = torch.randn(5, 8)
    itself = Bags.of(sp.eye_array(5, format="csr"))
    moved = model.message(itself, x) - x
    torch.testing.assert_close(moved.norm(dim=1), torch.full((5,), 0.3))
    assert (moved * x >= 0).all()
    model.eval()
    torch.testing.assert_close(model.message(itself, x), x)


def test_the_contrast_layer_is_one_of_the_layers() -> None:
    with pytest.raises(UsageError, match="Choose one from 1 to 2"):
        XSimGCLConfig(layers=2, contrast_layer=3)


def test_on_real_ratings_it_learns_more_than_what_is_popular(tmp_path: Path) -> None:
    with connect(tmp_path / "films.lbug") as store:
        store.load(load_tables("recbole:ml-100k"))
        split = holdout(store.export(), 0.2, seed=0, kind="RATED")
    config = XSimGCLConfig(kind="RATED", epochs=10)
    trained = train(split.train, config, seed=0)
    popular = Popularity(PopularityConfig(kind="RATED")).fit(split.train)
    report = evaluate({"xsimgcl": trained, "popular": popular}, split, ks=(10,))
    assert report.value("xsimgcl") > report.value("popular")


def encoder(noise: float) -> XSimGCL:
    ids = {"User": pl.Series(["u"]), "Item": pl.Series(["i"])}
    model = XSimGCLConfig(noise=noise).build(Subgraph(ids, {}))
    assert isinstance(model, XSimGCL)
    return model.train()
