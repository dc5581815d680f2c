"""Training on several devices: two processes on the processor, over gloo."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from basketweave.errors import TrainingError, UsageError
from basketweave.gnn import GraphFilterConfig, LightGCNConfig
from basketweave.graph.connect import connect
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.sequence import SASRecConfig
from basketweave.training import train
from basketweave.training.encoder import EncoderConfig
from basketweave.training.trained import Trained
from tests.graphs import events_graph, histories

LONG = LightGCNConfig(epochs=100_000, dim=8)


def walks(n_users: int = 80, n_items: int = 20, length: int = 8) -> Subgraph:
    """Each user buys `length` items in a row, one a day."""
    first = np.arange(n_users) * 7 % n_items
    items = (first[:, None] + np.arange(length)) % n_items
    return events_graph(histories(items), n_users, n_items)


def cosines(trained: Trained) -> np.ndarray:
    return trained.score(np.arange(len(trained.vectors.users)))


def test_two_processes_take_the_steps_of_one_and_go_on_where_it_stopped(
    tmp_path: Path,
) -> None:
    # One batch an epoch, all histories equally long, no chance: only rounding differs.
    config = SASRecConfig(
        dim=16, epochs=6, batch=10_000, dropout=0, layer_dropout=0, id_dropout=0
    )
    alone = train(walks(), config)
    half, path = config.ending_after(3), tmp_path / "run.pt"
    train(walks(), half, checkpoint=path)
    both = train(walks(), config, devices=2, checkpoint=path)
    losses = [[epoch.loss for epoch in t.curve] for t in (alone, both)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    assert losses[0][-1] < 0.9 * losses[0][0]
    np.testing.assert_allclose(cosines(both), cosines(alone), atol=1e-3)
    assert not multiprocessing.active_children()


def test_two_processes_learn_a_graph_as_well_as_one() -> None:
    config = LightGCNConfig(dim=16, epochs=4, users=16, horizon=None)
    alone, both = (train(walks(), config, devices=n) for n in (1, 2))
    own = walks().interactions().toarray() > 0
    gaps = [float(c[own].mean() - c[~own].mean()) for c in map(cosines, (alone, both))]
    assert gaps[1] == pytest.approx(gaps[0], rel=0.1)
    assert both.curve[-1].loss == pytest.approx(alone.curve[-1].loss, rel=0.1)
    assert both.curve[-1].loss < 0.9 * both.curve[0].loss


def test_a_process_that_is_killed_ends_the_training_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"

    def kill() -> None:
        until(path.exists)
        multiprocessing.active_children()[0].kill()

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(TrainingError, match=r"Process 2 of 2 failed.*SIGKILL"):
        train(walks(), LONG, devices=2, checkpoint=path)
    assert not multiprocessing.active_children()
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]
    assert torch.load(path, weights_only=True)["curve"]


def test_ctrl_c_leaves_no_process_and_no_unfinished_file_behind(
    tmp_path: Path, checkerboard: Tables
) -> None:
    with connect(tmp_path / "shop.lbug") as store:
        store.load(checkerboard)
    command = [sys.executable, "-m", "basketweave", "train", "lightgcn", "--devices=2",
               "--epochs=100000", "--days=0", "--store=shop.lbug", "--folder=models"]  # fmt: skip
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    folder = tmp_path / "models" / "checkpoints"
    try:
        until(lambda: (folder / "lightgcn-final.pt").exists())
        others = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        until(lambda: not any(other.is_running() for other in others))
    finally:
        process.kill()  # its processes end with it
    assert others
    assert process.returncode == 130
    assert [file.name for file in folder.iterdir()] == ["lightgcn-final.pt"]


def until(done: Callable[[], bool]) -> None:
    """Wait until it is so, three minutes at most."""
    end = time.monotonic() + 180
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("config", "given", "told"),
    [
        (LONG, {"devices": 0}, "Use 1 or more"),
        (GraphFilterConfig(dim=4), {"devices": 2}, "computed without training"),
    ],
)
def test_devices_that_cannot_be_are_told(
    config: EncoderConfig, given: dict[str, int], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        train(walks(), config, **given)  # type: ignore[arg-type]
