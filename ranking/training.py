"""`train_scorer`: from a subgraph, what is known of its nodes, and a config."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from basketweave.errors import TrainingError
from basketweave.evaluation import Split
from basketweave.evaluation.ratings import RatingSplit, errors
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.ranking.features import Features
from basketweave.ranking.learned import LearnedScorer, ScorerConfig, TrainingPairs
from basketweave.tracking import UNTRACKED, Tracker
from basketweave.training.loop import run_epochs
from basketweave.training.run import Run, fingerprint
from basketweave.training.trained import Epoch
from basketweave.training.validation import ndcg_of

Validation = Split | RatingSplit | Callable[[LearnedScorer], float]
"""A ranking or a rating split, or any function that should become large."""


@dataclass(frozen=True)
class TrainedScorer:
    """A trained scorer, and how it went; `curve` counts up what validation says:
    NDCG@10 of a split, minus the RMSE of ratings."""

    scorer: LearnedScorer
    curve: Sequence[Epoch]
    best_epoch: int
    seconds: float

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item, for full rankings."""
        return self.scorer.score(users)

    def score_pairs(self, users: IntArray, items: IntArray) -> FloatArray:
        """Scores (B, C) of each user (B,) with candidates of their own (B, C)."""
        return self.scorer.score_pairs(users, items)

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        """Scores (B,) of pairs: stars, where `loss` is `rating`."""
        return self.scorer.predict(users, items)


def train_scorer(
    subgraph: Subgraph,
    config: ScorerConfig,
    features: Features | None = None,
    *,
    validation: Validation | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> TrainedScorer:
    """Train the scorer that `config` describes on the events of `subgraph`.

    features     what is known of users and items (default: what the subgraph holds)
    validation   the parameters of the best epoch are kept, and training stops once
                 `patience` epochs have not been better
    checkpoint   a file that keeps the state after each epoch. Where it exists,
                 training goes on from it, and ends as if it had never stopped; one of
                 other data, config or seed is set aside
    tracker      keeps the config and the figures of each epoch

    Raises `TrainingError` where there is nothing to learn from, or the loss is not
    finite.
    """
    started = time.perf_counter()
    pairs = _pairs(subgraph, config)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        scorer = config.build(features or Features.of(subgraph))
        scorer.start_from(subgraph)
        run = Run(scorer, fingerprint(config, subgraph, seed), checkpoint)
        stage = "final" if validation is None else "choosing"
        said = {"model": config.model, **config.model_dump(mode="json"), "seed": seed}
        with tracker.run(f"{config.name}-{stage}", said) as log:
            run_epochs(run, pairs, lambda: _value(scorer, validation), progress, log)
            log({"best epoch": run.best_epoch})
    scorer.eval()
    seconds = time.perf_counter() - started
    return TrainedScorer(scorer, run.curve, run.best_epoch, seconds)


def _pairs(subgraph: Subgraph, config: ScorerConfig) -> TrainingPairs:
    events = subgraph.events.get(config.kind)
    if events is None or not len(events):
        raise TrainingError(
            f"There are no {config.kind} events to train '{config.name}' on. Choose "
            f"another `kind` from {', '.join(subgraph.events) or 'none'}."
        )
    if config.loss == "rating" and np.isnan(events.value).any():
        raise TrainingError(
            f"Some {config.kind} events have no value to predict. Use another `loss`."
        )
    return TrainingPairs.of(events.user, events.item, events.value, subgraph.shape[1])


def _value(scorer: LearnedScorer, validation: Validation | None) -> float | None:
    if validation is None:
        return None
    if isinstance(validation, RatingSplit):
        return -errors(scorer, validation).rmse
    if isinstance(validation, Split):
        return ndcg_of(scorer, validation)
    return validation(scorer)
