"""Scorers of an experiment: epochs chosen on validation, then fitted again."""

from __future__ import annotations

from pathlib import Path

from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.ranking import Features, ScorerConfig, TrainedScorer, train_scorer
from basketweave.ranking.training import Validation
from basketweave.tracking import UNTRACKED, Tracker, Within


def before_and_after(
    config: ScorerConfig,
    trains: tuple[Subgraph, Subgraph | None],
    validation: Validation,
    files: Path,
    seed: int,
    *,
    features: Features | None = None,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> tuple[TrainedScorer, TrainedScorer]:
    """A scorer trained before the validation window, and before the test window.

    The second runs as many epochs as were best for the first, and at least one.

    trains   the events before each window; where the second is None, the first scorer
             is returned twice
    files    the path of the two checkpoints, without `-validation.pt` and `-test.pt`
    """
    files.parent.mkdir(parents=True, exist_ok=True)
    within = Within(tracker, files.name)
    before = train_scorer(
        trains[0],
        config,
        features,
        validation=validation,
        seed=seed,
        checkpoint=files.with_name(f"{files.name}-validation.pt"),
        progress=progress,
        tracker=within,
    )
    if trains[1] is None:
        return before, before
    after = train_scorer(
        trains[1],
        config.ending_after(max(before.best_epoch, 1)),
        features,
        seed=seed,
        checkpoint=files.with_name(f"{files.name}-test.pt"),
        progress=progress,
        tracker=within,
    )
    return before, after
