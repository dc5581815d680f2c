"""The way an encoder is fitted for use: epochs chosen, then trained on everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.splits import Split, time_split
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.tracking import UNTRACKED, Tracker
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train
from basketweave.training.trained import Trained

STAGES = ("choosing", "final")


def fit(
    subgraph: Subgraph,
    config: EncoderConfig,
    *,
    days: float = 28,
    seed: int = 0,
    device: str = "auto",
    devices: int = 1,
    checkpoints: Path | None = None,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> Trained:
    """Choose the number of epochs on the last `days`, then train on everything.

    With `days` 0, or events too few or without real times to hold any out, all
    epochs are run on everything. In the folder `checkpoints` both trainings keep their
    state, from which they go on where they were stopped; once the result is safe,
    `forget` it, so that the next one starts anew.

    The vectors' card has the figures of both: the validation's are of the first.
    """
    window = _window(subgraph, days) if isinstance(config, TrainingConfig) else None
    metrics: Mapping[str, float] = {}
    if window is not None and isinstance(config, TrainingConfig):
        chosen = train(
            window.train,
            config,
            validation=window,
            seed=seed,
            device=device,
            devices=devices,
            checkpoint=_file(checkpoints, config, "choosing"),
            progress=progress,
            tracker=tracker,
        )
        config = config.ending_after(chosen.best_epoch)
        metrics = chosen.vectors.card.metrics
    trained = train(
        subgraph,
        config,
        seed=seed,
        device=device,
        devices=devices,
        checkpoint=_file(checkpoints, config, "final"),
        progress=progress,
        tracker=tracker,
    )
    card = trained.vectors.card
    card = replace(card, metrics={**metrics, **card.metrics})
    return replace(trained, vectors=replace(trained.vectors, card=card))


def forget(checkpoints: Path, config: EncoderConfig) -> None:
    """Remove what the trainings of `fit` kept in this folder."""
    for stage in STAGES:
        file = _file(checkpoints, config, stage)
        if file is not None:
            file.unlink(missing_ok=True)


def _window(subgraph: Subgraph, days: float) -> Split | None:
    if days <= 0:
        return None
    try:
        return time_split(subgraph, days=days).under("any")
    except (DataError, UsageError):
        return None


def _file(folder: Path | None, config: EncoderConfig, stage: str) -> Path | None:
    if folder is None or not isinstance(config, TrainingConfig):
        return None
    return folder / f"{config.name}-{stage}.pt"
