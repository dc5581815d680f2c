"""Two processes that somebody else started, over gloo and a real rendezvous."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from basketweave.choosing.everyone import fit_everyone
from basketweave.errors import TrainingError
from basketweave.graph.sharded.vector_parts import VectorParts
from basketweave.sequence import SASRecConfig
from basketweave.training.launched import launched

# One batch an epoch, and no chance: only rounding differs.
SURE = SASRecConfig(
    dim=8, epochs=3, batch=100_000, dropout=0, layer_dropout=0, id_dropout=0,
    max_length=10,
)  # fmt: skip


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def started(
    commands: Sequence[tuple[list[str], dict[str, str]]],
) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-m", *words],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **env},
            stderr=subprocess.PIPE,
            text=True,
        )
        for words, env in commands
    ]


def ended(processes: Sequence[subprocess.Popen[str]]) -> list[str]:
    """What each said on stderr; all are ended, whatever happens."""
    try:
        return [process.communicate(timeout=180)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()


def train_both(folder: str, to: str) -> None:
    """What each of the two machines does."""
    with launched() as share:
        assert share.world == 2
        fit_everyone(Path(folder), Path(to), SURE, days=60, shard=400, share=share)


def test_two_machines_give_the_vectors_of_one(
    generated_shop: Path, tmp_path: Path
) -> None:
    agent = ["torch.distributed.run", "--nnodes=2", "--nproc-per-node=1",
             "--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{free_port()}",
             "--rdzv-id=shop", __file__, str(generated_shop), str(tmp_path / "both")]  # fmt: skip
    both = started([(agent, {}), (agent, {})])
    said = ended(both)
    assert [process.returncode for process in both] == [0, 0], said
    fit_everyone(generated_shop, tmp_path / "alone", SURE, days=60, shard=400)
    one, two = (VectorParts.open(tmp_path / n).all() for n in ("alone", "both"))
    assert two.users.equals(one.users)
    # A process's share of a batch counts a half, also where it has fewer predictions.
    for rows, others in zip(
        (one.user_vectors, one.item_vectors),
        (two.user_vectors, two.item_vectors),
        strict=True,
    ):
        assert (rows * others).sum(axis=1).mean() > 0.99
    assert two.card.metrics == pytest.approx(one.card.metrics, abs=0.02)


def test_where_one_is_killed_the_other_says_so_and_the_training_goes_on(
    generated_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    for name, value in world.items():
        monkeypatch.setenv(name, value)
    words = ["basketweave", "train", "sasrec", "--from", str(generated_shop), "--days=0",
             "--to", str(tmp_path), "--dim=8", "--epochs=100000"]  # fmt: skip
    [other] = started([(words, {"RANK": "1"})])
    monkeypatch.setenv("RANK", "0")
    checkpoint = tmp_path / "checkpoints/sasrec-final.pt"

    def kill() -> None:
        while not checkpoint.exists() and other.poll() is None:
            time.sleep(0.05)
        other.kill()

    threading.Thread(target=kill, daemon=True).start()
    config = SASRecConfig(dim=8, epochs=100_000)
    with (
        pytest.raises(TrainingError, match=r"Another of the 2.*last whole epoch"),
        launched() as share,
    ):
        fit_everyone(generated_shop, tmp_path, config, days=0, share=share)
    ended([other])
    reached = len(torch.load(checkpoint, weights_only=True)["curve"])
    config = config.model_copy(update={"epochs": reached})
    fit_everyone(generated_shop, tmp_path, config, days=0)
    assert len(VectorParts.open(tmp_path).all().users) > 100
    assert not checkpoint.exists()


if __name__ == "__main__":
    train_both(*sys.argv[1:])
