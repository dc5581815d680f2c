"""Seconds of an epoch on Beauty: our SASRec and RecBole's, same width and batch.

    pip install recbole --no-deps; pip install colorlog colorama thop texttable \
        tabulate plotly kmeans-pytorch ray --no-deps
    python benchmarks/sequence_speed.py

Both have 64 dimensions, 2 blocks, 2 heads, inner width 256, histories of 50, the full
softmax and 1,024 predictions a step, in the same process and number of threads. A share
of the steps is timed, spread over the epoch, and scaled to all of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.subgraph import Events, Subgraph
from basketweave.loaders import load_tables
from basketweave.sequence import SASRecConfig
from basketweave.sequence.windows import HistoryWindows

BATCH = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=12)
    told = parser.parse_args()
    sys.argv = sys.argv[:1]  # RecBole reads the command line too
    events = load_tables("beauty").events.sort("user", "time")
    ours = basketweave(events, told.steps)
    theirs = recbole(events, told.steps)
    print(f"{torch.get_num_threads()} threads; seconds an epoch:")
    print(f"basketweave {ours:.1f}  RecBole {theirs:.1f}  ratio {ours / theirs:.3f}")


def basketweave(events: pl.DataFrame, steps: int) -> float:
    rows = events.with_columns(
        pl.col("user", "item").rank("dense").cast(pl.Int64) - 1
    ).sort("user", "time")
    # RecBole trains on all but each person's last two.
    rows = rows.filter(pl.int_range(pl.len()).reverse().over("user") >= 2)
    user, item = (rows[c].to_numpy() for c in ("user", "item"))
    time_ = rows["time"].to_numpy()
    log = Events(user, item, time_, torch.ones(len(user)).numpy())
    n = int(user.max()) + 1, int(events["item"].n_unique())
    ids = {
        label: pl.Series([str(i) for i in range(k)])
        for label, k in zip((USER, ITEM), n, strict=True)
    }
    encoder = SASRecConfig(batch=BATCH).build(graph := Subgraph(ids, {PURCHASED: log}))
    prepared = encoder.prepare(graph)
    assert isinstance(prepared.windows, HistoryWindows)
    total = int(prepared.windows.targets.sum())
    print(f"basketweave: {total:,} predictions, {-(-total // BATCH)} steps")
    losses = encoder.losses(prepared)
    return -(-total // BATCH) * _each(encoder, losses, steps)


def recbole(events: pl.DataFrame, steps: int) -> float:
    # RecBole 1.2 names types that NumPy 2 has dropped.
    for old, new in {"float_": "float64", "complex_": "complex128"}.items():
        setattr(np, old, getattr(np, new))
    np.unicode_ = np.str_  # type: ignore[attr-defined]
    from recbole.config import Config  # type: ignore[import-untyped]
    from recbole.data import create_dataset, data_preparation  # type: ignore[import-untyped]
    from recbole.model.sequential_recommender import SASRec  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "beauty" / "beauty.inter"
        file.parent.mkdir()
        named = events.select(
            pl.col("user").alias("user_id:token"),
            pl.col("item").alias("item_id:token"),
            pl.col("time").cast(pl.Float64).alias("timestamp:float"),
        )
        named.write_csv(file, separator="\t")
        given: dict[str, Any] = {
            "data_path": folder,
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO"},
            "train_neg_sample_args": None,
            "train_batch_size": BATCH,
            "MAX_ITEM_LIST_LENGTH": 50,
            "hidden_size": 64,
            "inner_size": 256,
            "n_layers": 2,
            "n_heads": 2,
            "loss_type": "CE",
            "use_gpu": False,
            "show_progress": False,
            "state": "ERROR",
        }
        config = Config(model="SASRec", dataset="beauty", config_dict=given)
        dataset = create_dataset(config)
        batches = data_preparation(config, dataset)[0]
        model = SASRec(config, batches.dataset)
        print(f"RecBole: {len(batches.dataset):,} predictions, {len(batches)} steps")
        losses = (model.calculate_loss(batch) for batch in batches)
        return len(batches) * _each(model, losses, steps)


def _each(model: nn.Module, losses: Iterable[Tensor], steps: int) -> float:
    """Seconds of one step, after a first one that is not counted."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.001)
    model.train()
    started = 0.0
    for n, loss in enumerate(islice(losses, steps + 1)):
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if n == 0:
            started = time.perf_counter()
    return (time.perf_counter() - started) / steps


if __name__ == "__main__":
    main()
