"""Scorers in a ranking experiment: epochs from validation, then fitted again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from basketweave.progress import Progress
from basketweave.ranking import scorer_config, train_scorer
from basketweave.recipes.sides import Sides
from basketweave.serving.pipeline import Windows
from basketweave.serving.request import Known
from basketweave.tracking import UNTRACKED, Tracker, Within


def fit_scorer(
    name: str,
    settings: Mapping[str, Any],
    windows: Windows,
    files: Path,
    known: Known,
    seed: int,
    progress: Progress,
    tracker: Tracker = UNTRACKED,
) -> Sides:
    """The scorer before the validation window, and before the test window."""
    config = scorer_config(name, **settings)
    before = train_scorer(
        windows.validation.train,
        config,
        validation=windows.validation.under(known),
        seed=seed,
        checkpoint=files.with_name(f"{files.name}-validation.pt"),
        progress=progress,
        tracker=Within(tracker, files.name),
    )
    epochs = max(before.best_epoch, 1)
    after = train_scorer(
        windows.test.train,
        config.ending_after(epochs),
        seed=seed,
        checkpoint=files.with_name(f"{files.name}-test.pt"),
        progress=progress,
        tracker=Within(tracker, files.name),
    )
    return Sides(before, after, chosen={"epochs": epochs})
