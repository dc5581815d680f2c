"""From Parquet parts to the vectors of everyone in them, however many they are."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Unpack

from basketweave.choosing.fit_passes import fit_passes
from basketweave.choosing.refit import How, forget
from basketweave.encoders.everyone import encode_everyone
from basketweave.encoders.saved import save_encoder
from basketweave.errors import DataError, StoreBusyError
from basketweave.graph.sharded.histories import SHARD, histories
from basketweave.graph.sharded.vector_parts import VectorParts
from basketweave.moments import Moment, until
from basketweave.progress import SILENT
from basketweave.training.encoder import EncoderConfig
from basketweave.training.share import ALONE
from basketweave.whole import alone

SAMPLE = 50_000
"""People about whom validation asks; those that a graph encoder learns from."""


def fit_everyone(
    parts: Path,
    to: Path,
    config: EncoderConfig,
    *,
    sample: int = SAMPLE,
    days: float = 28,
    as_of: Moment = None,
    shard: int = SHARD,
    **how: Unpack[How],
) -> VectorParts:
    """Train on a folder of Parquet parts, and write everyone's vectors into `to`.

    config   its `kind` is the kind of the events. Where it streams, it learns from all
             of them, otherwise from those of the sample
    sample   about so many people, held in memory
    shard    about so many events are read from a file at a time

    Broken off, it goes on where it stood when it is called again in the same way: after
    the last whole epoch, or with the people that have no vectors yet. Several processes
    (`share`) call it in the same way, each with all parts and `to` in a folder that
    they share.

    Raises `UsageError` where an encoder knows only whom it was trained with;
    `DataError` where a part cannot be read, or there is nothing to train on;
    `StoreBusyError` where another process does the same already.
    """
    config.check_encodes_others()
    share, progress = how.get("share", ALONE), how.get("progress", SILENT)
    with _only_one(to, first=share.rank == 0):
        events = histories(
            parts,
            to / "work",
            kind=config.kind,
            as_of=until(as_of),
            items=config.item_properties,
            size=shard,
            first=share.rank / share.world,
            progress=progress,
        )
        if share.first(lambda: events.name) != events.name:
            raise DataError(
                f"{parts} holds other events here than where the first process is. "
                "Give all machines the same parts."
            )
        some = events.sample(sample)
        checkpoints = to / "checkpoints"
        trained = fit_passes(
            events, some, config, days=days, checkpoints=checkpoints, **how
        )
        found = encode_everyone(
            trained, some, events, to, share=share, progress=progress
        )
        if share.rank == 0:
            save_encoder(trained.encoder, to / "model.pt")
            forget(checkpoints, config)
            shutil.rmtree(to / "work", ignore_errors=True)
    return found


def _only_one(folder: Path, *, first: bool) -> AbstractContextManager[None]:
    busy = f"Another process trains into {folder}. Wait until it has ended."
    lock = folder / "train.lock"
    return alone(lock, StoreBusyError(busy)) if first else nullcontext()
