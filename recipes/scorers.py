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


def fit_scorer(
    name: str,
    settings: Mapping[str, Any],
    windows: Windows,
    files: Path,
    known: Known,
    seed: int,
    progress: Progress,
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
    )
    epochs = max(before.best_epoch, 1)
    after = train_scorer(
        windows.test.train,
        config.model_copy(update={"epochs": epochs}),
        seed=seed,
        checkpoint=files.with_name(f"{files.name}-test.pt"),
        progress=progress,
    )
    return Sides(before, after, chosen={"epochs": epochs})
