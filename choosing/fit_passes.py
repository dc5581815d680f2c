"""`fit` for events that memory does not hold: passes over all, validation on a sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self, Unpack

from basketweave.choosing.refit import STAGES, How, as_asked, fit, state_file
from basketweave.errors import DataError
from basketweave.evaluation.splits import Split
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import from_test
from basketweave.graph.subgraph import Subgraph
from basketweave.moments import DAY
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train
from basketweave.training.passes import Passes
from basketweave.training.trained import Trained


class Dated(Passes, Protocol):
    """Passes over events that can be cut in time."""

    @property
    def last(self) -> int:
        """The second of the last event."""

    @property
    def kind(self) -> str:
        """The kind of the events."""

    def until(self, as_of: int) -> Self:
        """The events as they stood at `as_of`."""


def fit_passes(
    events: Dated,
    sample: Subgraph,
    config: EncoderConfig,
    *,
    days: float = 28,
    checkpoints: Path | None = None,
    **how: Unpack[How],
) -> Trained:
    """What `fit` does, on more people than memory holds.

    sample   some of the people with all items. Validation asks about them; and where
             the config does not stream, they are what is learnt from

    A config that streams learns from all `events`. Raises `DataError` where there is
    nothing to train on.
    """
    if not isinstance(config, TrainingConfig) or not config.streams:
        return fit(sample, config, days=days, checkpoints=checkpoints, **how)
    first, last = (state_file(checkpoints, config, stage) for stage in STAGES)
    window = _window(events, sample, days)
    if window is None:
        return train(sample, config, passes=events, checkpoint=last, **how)
    before = events.until(int(events.last - days * DAY))
    chosen = train(
        window.train, config, validation=window, passes=before, checkpoint=first, **how
    )
    final = config.ending_after(chosen.best_epoch)
    trained = train(sample, final, passes=events, checkpoint=last, **how)
    return replace(trained, vectors=as_asked(trained.vectors, config, chosen.vectors))


def _window(events: Dated, sample: Subgraph, days: float) -> Split | None:
    """The last days of the sample; ranked is what anybody had before."""
    if days <= 0:
        return None
    cut = int(events.last - days * DAY)
    own = sample.events[events.kind]
    test = own.where(own.time > cut)
    try:
        split = from_test(
            f"last {days:g} days",
            sample.until(cut),
            marked(test.user, test.item, sample.shape),
            known="any",
            kind=events.kind,
        )
        offered = events.until(cut).item_counts > 0
        return replace(split, offered=offered).under()
    except DataError:
        return None
