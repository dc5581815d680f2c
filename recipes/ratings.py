"""A ratings experiment: stars predicted on a split by time, and lists made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basketweave.evaluation import Scores, evaluate
from basketweave.evaluation.ratings import (
    Errors,
    RatingSplit,
    errors,
    rating_splits,
)
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import load_tables
from basketweave.progress import SILENT, Progress
from basketweave.ranking import Features, scorer_config
from basketweave.recipes.experiment import Experiment, Model
from basketweave.recipes.raters import rater_grid, searched
from basketweave.recipes.scorers import before_and_after
from basketweave.recipes.table import Line, Table
from basketweave.tracking import UNTRACKED, Tracker

STARS = ("RMSE", "MAE")
LIKED = 4
"""Stars that make a film, or whatever it is, worth a place in a list."""
LISTED = ("Precision@5", "Recall@5", "MAP@5", "NDCG@10")


@dataclass(frozen=True)
class RatingTask:
    """The two questions of one experiment, and what is known of users and items."""

    features: Features
    validation: RatingSplit
    test: RatingSplit
    folder: Path
    progress: Progress
    tracker: Tracker


def run_ratings(
    experiment: Experiment,
    full: Subgraph,
    folder: Path,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> Table:
    """RMSE and MAE of every model, and the lists of items liked that it would give."""
    kind = experiment.protocol.kind
    validation, test = rating_splits(full, kind=kind)
    tables = load_tables(experiment.data.source, **experiment.data.options)
    features = Features.of(test.train, tables.users, tables.items)
    task = RatingTask(features, validation, test, folder, progress, tracker)
    chosen: dict[str, Any] = {}
    models = {
        label: _fitted(label, model, experiment, task, chosen)
        for label, model in experiment.models.items()
    }
    found = {label: [errors(m, test) for m in made] for label, made in models.items()}
    lines = _lines(experiment, models, found, test)
    return Table(
        [*STARS, *LISTED], lines, _facts(test), chosen, list(_told(found)), lower=True
    )


def _fitted(
    label: str,
    model: Model,
    experiment: Experiment,
    task: RatingTask,
    chosen: dict[str, Any],
) -> Sequence[Any]:
    """One model for each seed; the constants or epochs come from validation."""
    settings = {"kind": experiment.protocol.kind, **model.settings}
    if model.baseline is not None:
        best = min(
            rater_grid(model.baseline, settings),
            key=lambda config: (
                errors(config.build().fit(task.validation.train), task.validation).rmse
            ),
        )
        chosen[label] = {name: getattr(best, name) for name in searched(settings)}
        return [best.build().fit(task.test.train)]
    assert model.scorer is not None
    config = scorer_config(model.scorer, **settings)
    rating = config.loss == "rating"
    made = []
    for seed in experiment.seeds:
        _, trained = before_and_after(
            config,
            (task.validation.train, task.test.train),
            task.validation if rating else task.validation.ranking(LIKED),
            task.folder / f"{label}-{seed}",
            seed,
            features=task.features,
            progress=task.progress,
            tracker=task.tracker,
        )
        made.append(trained)
    chosen[label] = {"epochs": [len(trained.curve) for trained in made]}
    return made


def _lines(
    experiment: Experiment,
    models: Mapping[str, Sequence[Any]],
    found: Mapping[str, Sequence[Errors]],
    test: RatingSplit,
) -> dict[str, Line]:
    ranked: dict[str, Scores] = {label: made[0] for label, made in models.items()}
    report = evaluate(ranked, test.ranking(LIKED), ks=(5, 10))
    lines = {}
    for label, each in found.items():
        values: dict[str, list[float]] = {
            "RMSE": [e.rmse for e in each],
            "MAE": [e.mae for e in each],
        }
        values |= {metric: [report.value(label, metric)] for metric in LISTED}
        lines[label] = Line(values)
    return lines


def _facts(test: RatingSplit) -> list[str]:
    users, items = test.train.shape
    n = len(test.train.events[test.kind])
    later = f"the stars of {len(test.asked):,} later ratings"
    return [
        f"Learned from: {users:,} users, {items:,} items and {n:,} ratings.",
        f"Asked ({test.name}): {later}; lists are of items not rated before, where "
        + "those that got 4 stars or more count.",
    ]


def _told(found: Mapping[str, Sequence[Errors]]) -> Iterator[str]:
    """How the best model stands to each other one, rating by rating."""
    best = min(found, key=lambda label: found[label][0].rmse)
    yield f"Best: {best}, RMSE {found[best][0].rmse:.4f}."
    for label, each in found.items():
        if label != best:
            gain = found[best][0].better_than(each[0])
            word = "clearly" if gain.low > 0 else "not clearly"
            yield f"{best} is {word} better than {label}: mean squared error -{gain}."
