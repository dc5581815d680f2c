"""A log in a store is asked again under another published blend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from basketweave.cli import main
from basketweave.errors import DataError, NotFoundError
from basketweave.experiments.asked_again import ask_again
from basketweave.graph import GraphStore, ModelCard, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from basketweave.serving.recommender import Recommender

USERS, ITEMS, K = 250, 40, 5
NEW = ModelCard("blend_new", kind="blend")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "graph.lbug"


@pytest.fixture(scope="module")
def store(path: Path, checkerboard: Tables) -> Iterator[GraphStore]:
    """A shop whose answers were explored, of which the first item was taken."""
    rng = np.random.default_rng(0)
    rows = [
        (f"u{user}", f"i{item}", int(rng.integers(1, 60)) * DAY)
        for user in range(USERS)
        for item in rng.choice(ITEMS, 4, replace=False)
    ]
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    tables = Tables(
        name="shop",
        users=events.select(id=pl.col("user").unique(maintain_order=True)),
        items=events.select(id=pl.col("item").unique(maintain_order=True)).with_columns(
            title=pl.lit(None, pl.String)
        ),
        events=events.with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(1.0)),
    )
    with connect(path) as opened:
        opened.load(tables)
        derive(opened)
        for weights in ({"popularity": 1.0}, {"graph": 0.2, "popularity": 0.8}):
            opened.publish_weights(NEW, weights)
        client = Recommender(opened)
        for user in range(USERS):
            answer = client.recommend(
                f"u{user}", K, blend="blend_new@1", explore=0.3, seed=str(user)
            )
            opened.record_shown([{**one, "at": 70 * DAY} for one in answer.shown()])
            took = {"user": f"u{user}", "item": answer[0].item, "time": 71 * DAY}
            opened.record(took)
        yield opened


def test_the_blend_that_served_is_told_by_its_own_log(store: GraphStore) -> None:
    """What stood first was taken: of what it ranks, more than of what was explored."""
    found = ask_again(store, "blend_new@1")
    assert (found.answers, found.users) == (USERS, USERS)
    assert found.logged == pytest.approx(1 / K, abs=0.01)
    assert found.support == pytest.approx(1, abs=0.15)
    assert found.effective_sample > 100
    assert ask_again(store, "blend_new@1", answers=200).answers == 200


def test_what_the_log_cannot_tell_is_refused(store: GraphStore) -> None:
    with pytest.raises(DataError, match="No answer of a blend_any was recorded"):
        ask_again(store, "blend_any@1")
    with pytest.raises(DataError, match="No answer"):
        ask_again(store, "blend_new@1", since=80 * DAY)
    with pytest.raises(NotFoundError, match="no blend"):
        ask_again(store, "blend_new@9")
    with pytest.raises(DataError, match="100 are needed"):
        ask_again(store, "blend_new@2", answers=20)


def test_from_the_command_line(
    store: GraphStore, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()
    with pytest.raises(SystemExit) as end:
        main(["experiment", "counterfactual", "blend_new@1", "--store", str(path)])
    assert not end.value.code
    assert "effective_sample" in capsys.readouterr().out
