"""Night after night: load, derive and train again, while others use the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from basketweave.choosing import refit
from basketweave.cli.app import app
from basketweave.cli.folders import folder_of
from basketweave.errors import BasketweaveError
from basketweave.graph import connect
from basketweave.moments import DAY

TRAIN = ("train", "lightgcn", "--epochs", "1", "--dim", "8", "--days", "3", "--publish")


class Night:
    """A folder with the day's orders, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop.yaml").write_text(
            "events: {file: day.csv, user: u, item: i, time: t}"
        )

    def orders(self, first: int, days: int) -> None:
        """Write the orders of 20 people, one a day, of 12 products."""
        lines = [
            f"{user},{(user + day * (1 + user % 3)) % 12},{1_700_000_000 + day * DAY}"
            for user in range(20)
            for day in range(first, first + days)
        ]
        (self.folder / "day.csv").write_text("\n".join(["u,i,t", *lines]))

    def run(self, *words: str, store: str = "shop.lbug") -> str:
        """What a command says; raises what it raises."""
        found = CliRunner().invoke(app, [*words, "--store", store])
        if isinstance(found.exception, BasketweaveError):
            raise found.exception
        assert found.exit_code == 0, found.output
        return found.stdout


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    monkeypatch.chdir(tmp_path)
    one = Night(tmp_path)
    one.orders(0, 12)
    one.run("load", "shop.yaml")
    one.run("derive")
    return one


def test_the_next_night_trains_anew(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    assert "version 1 is live" in night.run(*TRAIN)
    night.orders(12, 3)
    night.run("load", "shop.yaml")
    night.run("derive")
    assert "version 2 is live" in night.run(*TRAIN)
    assert "version 3 is live" in night.run(*TRAIN, "--seed", "1")
    assert caplog.text == ""
    assert list(folder_of("shop.lbug").glob("checkpoints/*")) == []


def test_a_training_that_was_stopped_goes_on_and_one_of_other_data_starts_anew(
    night: Night, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("basketweave.graph.saved.save_vectors", stopped)
        CliRunner().invoke(app, [*TRAIN, "--store", "shop.lbug"])
    kept = {p.name: p.read_bytes() for p in folder_of("shop.lbug").glob("*/*.pt")}
    assert "lightgcn-choosing.pt" in kept
    night.orders(12, 1)
    night.run("load", "shop.yaml")
    assert "version 1 is live" in night.run(*TRAIN)
    assert "set aside" in caplog.text
    (aside,) = folder_of("shop.lbug").glob("checkpoints/lightgcn-choosing.aside.pt")
    assert aside.read_bytes() == kept["lightgcn-choosing.pt"]


def test_the_store_is_free_while_a_model_is_trained(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit: Callable[..., Any] = refit.fit

    def busy(*given: Any, **more: Any) -> Any:
        with connect("shop.lbug") as store:  # to write
            assert store.dataset() is not None
        assert night.run("recommend", "1", "-k", "2")
        return fit(*given, **more)

    monkeypatch.setattr(refit, "fit", busy)
    assert "is live" in night.run("train", "filter", "--publish", "--dim", "4")


def test_two_stores_in_one_folder_have_model_files_of_their_own(night: Night) -> None:
    night.orders(0, 6)
    night.run("load", "shop.yaml", store="other.lbug")
    quick = ("train", "lightgcn", "--epochs", "1", "--days", "0", "--dim")
    night.run(*quick, "8")
    night.run(*quick, "4", store="other.lbug")
    assert "is live" in night.run("publish", "lightgcn")
    assert "is live" in night.run("publish", "lightgcn", store="other.lbug")
    for name, dim in (("shop.lbug", 8), ("other.lbug", 4)):
        with connect(name, read_only=True) as store:
            assert store.models()[0].dim == dim


def test_vectors_of_the_folder_that_all_stores_once_shared_are_refused(
    night: Night,
) -> None:
    former = night.folder / ".basketweave" / "models"
    former.mkdir(parents=True)
    night.run("train", "filter", "--dim", "4", "--folder", str(former))
    with pytest.raises(BasketweaveError, match=r"publish \.basketweave/models/filter"):
        night.run("publish", "filter")
    assert "is live" in night.run("publish", ".basketweave/models/filter.npz")


def test_models_are_used_and_retired_by_name(night: Night) -> None:
    quick = ("--days", "0", "--publish", "--dim")
    night.run("train", "filter", *quick, "4")
    night.run("train", "lightgcn", "--epochs", "1", *quick, "4")
    assert '"serves": null' in night.run("models", "--json")
    assert "filter version 1 is live" in night.run("use", "filter")
    assert "basketweave use filter" in night.run("retire", "filter")
    night.run("retire", "lightgcn")
    with pytest.raises(BasketweaveError, match="basketweave use lightgcn"):
        night.run("rollback", "lightgcn")
    with pytest.raises(BasketweaveError, match="no version 7"):
        night.run("use", "filter", "--version", "7")


def test_validation_figures_are_listed(night: Night) -> None:
    night.run(*TRAIN)
    with connect("shop.lbug", read_only=True) as store:
        (model,) = store.models()
    assert "validation NDCG@10" in model.card.metrics
    assert "lightgcn_v1: validation NDCG@10 " in night.run("models")


def test_one_command_makes_everything_again(night: Night) -> None:
    night.run(*TRAIN)
    night.orders(12, 3)
    night.run("load", "shop.yaml")
    again = ("refresh", "--days", "3")
    told = night.run(*again)
    assert "NDCG@10 of the blend on the last window" in told
    assert "Live: lightgcn_v2, blend_any_v1" in told
    assert "No weights for known=new" in told  # all 12 products are known by now
    assert "Nothing has changed" in night.run(*again)
    assert "lightgcn_v2" in night.run("models")
