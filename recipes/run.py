"""`run`: from a recipe to its report; every finished experiment is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from basketweave.progress import SILENT, Progress
from basketweave.recipes import data
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.models import check
from basketweave.recipes.ranking import Outcome, run_ranking
from basketweave.recipes.recipe import Recipe
from basketweave.recipes.report import save
from basketweave.recipes.table import Table, table
from basketweave.tracking import UNTRACKED, Tracker, Within
from basketweave.whole import whole


@dataclass(frozen=True)
class Finished:
    """A run recipe: its tables, and where the report is."""

    tables: Mapping[str, Table]
    report: Path


def run_recipe(
    recipe: Recipe,
    folder: Path,
    *,
    stores: Path | None = None,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> Finished:
    """Run every experiment that `folder` does not hold yet, then write the report.

    A run that was killed goes on when it is called again: trainings and finished
    experiments are kept. An experiment whose recipe has changed is run again.
    `tracker` records the trainings and the table of each experiment that is run now.
    Raises `UsageError` for a setting that cannot be used, before any work.
    """
    for experiment in recipe.experiments.values():
        check(experiment)
    stores = stores or folder.parent / "stores"
    tables: dict[str, Table] = {}
    shown = ""
    for name, experiment in recipe.experiments.items():
        kept = folder / name / f"done-{_fingerprint(experiment)}.json"
        if kept.exists():
            content = json.loads(kept.read_text(encoding="utf-8"))
            tables[name] = Table.from_dict(content["table"])
            shown = content["shown"] or shown
            continue
        loaded = data.load(experiment.data, stores, progress)
        tables[name], text = _experiment(
            experiment, loaded, folder / name, recipe.show == name, progress,
            Within(tracker, name),
        )  # fmt: skip
        _track(tracker, name, experiment, tables[name])
        shown = text or shown
        _keep(kept, {"table": tables[name].to_dict(), "shown": text})
    return Finished(tables, save(recipe, tables, shown, folder))


def _experiment(
    asked: Experiment,
    loaded: data.Loaded,
    folder: Path,
    show: bool,
    progress: Progress,
    tracker: Tracker,
) -> tuple[Table, str]:
    made = folder / _fingerprint(asked)
    if asked.kind == "ratings":
        from basketweave.recipes.ratings import run_ratings

        return run_ratings(asked, loaded.full, made, progress, tracker), ""
    if asked.kind == "gate":
        from basketweave.recipes.gate import run_gate

        return run_gate(asked, loaded.full, made, folder.parent, progress), ""
    windows = data.windows(loaded.full, asked.protocol, asked.data.source)
    outcomes: list[Outcome] = []
    for n, seed in enumerate(asked.seeds):
        again = asked if n == 0 else _by_chance(asked)
        where = folder / f"seed-{seed}-{_fingerprint(asked)}"
        where.mkdir(parents=True, exist_ok=True)
        kept = Within(tracker, f"seed-{seed}")
        outcomes.append(run_ranking(again, windows, where, seed, progress, kept))
    first = outcomes[0]
    found = table(
        asked.protocol.metrics,
        [outcome.reports[0] for outcome in outcomes],
        first.chosen,
        [report for outcome in outcomes for report in outcome.reports[1:]],
    )
    if not show:
        return found, ""
    from basketweave.recipes.show import publish_and_show

    return found, publish_and_show(loaded, asked, first, progress)


def _track(tracker: Tracker, name: str, asked: Experiment, found: Table) -> None:
    with tracker.run(f"{name}/table", asked.model_dump(mode="json")) as log:
        for label, line in found.lines.items():
            log({f"{label}/{metric}": line.mean(metric) for metric in line.values})


def _by_chance(asked: Experiment) -> Experiment:
    """Without the baselines that no other model needs: one seed is enough of them."""
    needed = {label for model in asked.models.values() for label in model.others}
    needed |= {blend.repeat for blend in asked.blends.values() if blend.repeat}
    models = {
        label: model
        for label, model in asked.models.items()
        if model.baseline is None or label in needed
    }
    return asked.model_copy(update={"models": models})


def _fingerprint(experiment: Experiment) -> str:
    """Eight letters that change with what an experiment does, not with its prose."""
    prose = {"title", "note", "honest"}
    said = experiment.model_dump_json(exclude=prose, exclude_defaults=True)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _keep(path: Path, content: object) -> None:
    """Write whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps(content), encoding="utf-8")
