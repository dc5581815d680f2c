"""Processes that somebody else started, on one or several machines: `torchrun`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from basketweave.errors import TrainingError
from basketweave.training.share import ALONE, Share

# A process that ends is noticed at once, by its closed connection; a machine that is
# gone without closing any, after this. Others wait so long for one that still encodes.
PATIENCE = timedelta(hours=2)
START = timedelta(minutes=5)


@contextmanager
def launched(device: str = "auto") -> Iterator[Share]:
    """This process as one of those that `torchrun` started, or alone.

    What torchrun says stands in the environment: RANK, WORLD_SIZE, MASTER_ADDR and
    MASTER_PORT, by which the processes find each other, and LOCAL_RANK, the number of
    this one's GPU. All must do the same, each its share of it, on a `device` of this
    kind.

    Raises `TrainingError` where another of them ends before.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1 or "RANK" not in os.environ:
        yield ALONE
        return
    try:
        store, rank, world = next(rendezvous("env://", timeout=START))
        dist.init_process_group(
            "gloo", store=store, rank=rank, world_size=world, timeout=PATIENCE
        )
        yield Share(rank, world, _between_gpus(device))
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "gloo" not in str(error):
            raise
        raise TrainingError(
            f"Another of the {world} processes ended or did not start, so process "
            f"{os.environ['RANK']} ended too. Start all of them again in the same way: "
            "the training goes on after its last whole epoch."
        ) from error
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def _between_gpus(device: str) -> Any:
    if device == "cpu" or not torch.cuda.is_available():
        return None
    torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    return dist.new_group(backend="nccl")
