"""How an encoder is fitted for use: epochs are chosen, then it is trained on all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.splits import Split, time_split
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.progress import Progress
from basketweave.tracking import Tracker
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train
from basketweave.training.share import Share
from basketweave.training.trained import Trained
from basketweave.training.validation import Validation

STAGES = ("choosing", "final")


class How(TypedDict, total=False):
    """The arguments of `train` that both trainings share."""

    seed: int
    device: str
    devices: int
    share: Share
    progress: Progress
    tracker: Tracker


def refit(
    before: Subgraph,
    validation: Validation,
    after: Subgraph | None,
    config: EncoderConfig,
    *,
    final: EncoderConfig | None = None,
    folder: Path | None = None,
    stages: tuple[str, str] = ("validation", "test"),
    **how: Unpack[How],
) -> tuple[Trained, Trained]:
    """Train on `before` up to the best epoch by `validation`, then as long on `after`.

    Returns both trainings.

    after    None: there is no second training, and the first is returned twice
    final    the config of the second training; by default `config`
    folder   keeps the state of both trainings under the names in `stages`, so that
             another call goes on where they were stopped
    """
    first, last = (state_file(folder, config, stage) for stage in stages)
    chosen = train(before, config, validation=validation, checkpoint=first, **how)
    if after is None:
        return chosen, chosen
    final = final or config
    if isinstance(final, TrainingConfig):
        final = final.ending_after(chosen.best_epoch)
    return chosen, train(after, final, checkpoint=last, **how)


def fit(
    subgraph: Subgraph,
    config: EncoderConfig,
    *,
    days: float = 28,
    checkpoints: Path | None = None,
    **how: Unpack[How],
) -> Trained:
    """Choose the number of epochs on the last `days`, then train on everything.

    With `days` 0, or where the events are too few or have no real times, none are held
    out, and all epochs are run on everything. The folder `checkpoints` keeps the state
    of both trainings, so that another call goes on where they were stopped. Once the
    result is safe, call `forget`, so that the next training starts anew.

    The card of the vectors has the figures of both trainings; the validation figures
    are those of the first.

    Raises `DataError` where there is nothing to train on.
    """
    learns = isinstance(config, TrainingConfig)
    for label in (ITEM, USER) if learns else (ITEM,):
        if not subgraph.n(label):
            raise DataError(
                f"There are no {label.lower()}s to train on. Load some first: "
                "basketweave load …"
            )
    window = _window(subgraph, days) if learns else None
    if window is None:
        last = state_file(checkpoints, config, STAGES[1])
        return train(subgraph, config, checkpoint=last, **how)
    chosen, trained = refit(
        window.train, window, subgraph, config, folder=checkpoints, stages=STAGES, **how
    )
    return replace(trained, vectors=as_asked(trained.vectors, config, chosen.vectors))


def as_asked(last: Vectors, config: EncoderConfig, chosen: Vectors) -> Vectors:
    """The last training's vectors, with a card of the whole: the config that was asked
    for, so that training again chooses its epochs anew, and the figures of both."""
    metrics = {**chosen.card.metrics, **last.card.metrics}
    recipe = {**last.card.recipe, **config.model_dump()}
    return replace(last, card=replace(last.card, metrics=metrics, recipe=recipe))


def asked(trained: Trained, split: Split) -> Vectors:
    """The vectors with which the questions of `split` are answered.

    Where the encoder reads histories, a person's vector is of the events until the
    question. All other vectors are those of the training.
    """
    if split.history is None or not trained.encoder.reads:
        return trained.vectors
    people = trained.encoder.encode(split.history).user_vectors
    return replace(trained.vectors, user_vectors=people)


def forget(checkpoints: Path, config: EncoderConfig) -> None:
    """Remove the checkpoints that `fit` kept in this folder."""
    for stage in STAGES:
        file = state_file(checkpoints, config, stage)
        if file is not None:
            file.unlink(missing_ok=True)


def _window(subgraph: Subgraph, days: float) -> Split | None:
    if days <= 0:
        return None
    try:
        return time_split(subgraph, days=days).under("any")
    except (DataError, UsageError):
        return None


def state_file(folder: Path | None, config: EncoderConfig, stage: str) -> Path | None:
    """Where the state of a training is kept; None for one that keeps none."""
    if folder is None or not isinstance(config, TrainingConfig):
        return None
    return folder / f"{config.name}-{stage}.pt"
