"""`tune`: the settings of a model, searched by Optuna, chosen on validation alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation import Split
from basketweave.progress import SILENT, Progress
from basketweave.tuning.measure import measure
from basketweave.tuning.result import Tuned
from basketweave.tuning.space import (
    Parameter,
    Range,
    SearchSpace,
    config_of,
    space,
    whole,
)
from basketweave.whole import alone

if TYPE_CHECKING:
    from optuna import Study, Trial

USERS = 2_000


def tune(
    validation: Split,
    model: str,
    *,
    searched: SearchSpace | None = None,
    trials: int = 30,
    timeout: float | None = None,
    study: Path | None = None,
    seed: int = 0,
    device: str = "auto",
    users: int = USERS,
    progress: Progress = SILENT,
) -> Tuned:
    """Search the settings of an encoder or a baseline by NDCG@10 on a split.

    searched   default: `space(model)`
    trials     the first one is the defaults, then ten at random, then those that
               promise most (Bergstra et al. 2011, the tree-structured Parzen
               estimator). A training that falls behind the median of those before
               it, at the same epoch from the second on, is broken off
    timeout    no trial begins after so many seconds
    study      an SQLite file that keeps the trials: a search that was killed goes on
               from it, and ends as if it had not been; it counts into `trials`
    users      ask at most so many, the same ones at each trial

    Raises `UsageError` without Optuna, or where `study` is of another search.
    """
    import_optuna()
    if trials < 1 or (timeout is not None and timeout <= 0):
        raise UsageError("`trials` must be 1 or more, and `timeout` more than 0 s.")
    split = validation.under().drawn(users)
    search = SettingsSearch(model, split, searched or space(model), seed, device)
    with _opened(study, search) as found:
        until = None if timeout is None else time.monotonic() + timeout
        _search(found, search, trials, until, progress)
        return Tuned.of(model, found)


@dataclass(frozen=True)
class SettingsSearch:
    """A search: each call of `objective` is one trial of it."""

    model: str
    split: Split
    space: SearchSpace
    seed: int
    device: str

    def objective(self, trial: Trial) -> float:
        """Fit the model with settings that `trial` suggests; its NDCG@10."""
        from optuna import TrialPruned

        settings = {n: self.suggested(trial, n, p) for n, p in self.space.items()}
        trial.set_user_attr("settings", settings)
        epochs = iter(range(1, 1_000_000))

        def watch(ndcg: float) -> None:
            trial.report(ndcg, next(epochs))
            if trial.should_prune():
                raise TrialPruned

        try:
            found = measure(
                self.model, settings, self.split, watch,
                seed=self.seed, device=self.device,
            )  # fmt: skip
        except (TrainingError, UsageError) as error:
            trial.set_user_attr("why", str(error))
            raise TrialPruned from error
        trial.set_user_attr("epoch", found.epoch)
        return found.ndcg

    def suggested(self, trial: Trial, name: str, given: Parameter) -> Any:
        """The value of one setting; numbers to three digits, as they are printed."""
        if not isinstance(given, Range):
            labels = [_label(value) for value in given.choices]
            label = trial.suggest_categorical(name, labels)
            return given.choices[labels.index(label)]
        low, high, log = given.low, given.high, given.log
        if whole(self.model, name):
            return trial.suggest_int(name, int(low), int(high), log=log)
        value = float(f"{trial.suggest_float(name, low, high, log=log):.3g}")
        return min(max(value, low), high)

    def start(self) -> dict[str, Any]:
        """The model's own defaults, where they lie in the space."""
        fields = config_of(self.model).model_fields
        defaults = {name: fields[name].get_default() for name in self.space}
        return {
            name: _label(value) if not isinstance(self.space[name], Range) else value
            for name, value in defaults.items()
            if _within(value, self.space[name])
        }

    def fingerprint(self) -> str:
        """The data and settings in which a stored search must agree to be resumed."""
        events = self.split.train.events[self.split.kind]
        said = {
            "model": self.model,
            "space": {name: p.model_dump() for name, p in self.space.items()},
            "seed": self.seed,
            "split": [self.split.name, self.split.kind, self.split.known],
            "asked": [len(self.split), int(self.split.truth.nnz)],
            "shape": self.split.train.shape,
            "events": [len(events), int(events.time.sum())],
        }
        return json.dumps(said, sort_keys=True)


def import_optuna() -> ModuleType:
    """The library Optuna, imported; raises `UsageError` where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise UsageError(
            "The search needs Optuna. Run: pip install 'basketweave[tune]'"
        ) from None
    return optuna


def _search(
    study: Study,
    search: SettingsSearch,
    trials: int,
    until: float | None,
    progress: Progress,
) -> None:
    from optuna.samplers import TPESampler

    with progress.task(f"Tuning {search.model}", total=trials) as advance:
        advance(_done(study))
        while (n := _done(study)) < trials:
            if until is not None and time.monotonic() >= until:
                return
            # Seeded anew by how many there were, so that a search goes on alike.
            chance = np.random.SeedSequence([search.seed, n]).generate_state(1)
            study.sampler = TPESampler(seed=int(chance[0]))
            if n == 0 and not _of(study, "WAITING"):
                study.enqueue_trial(search.start())
            study.optimize(search.objective, n_trials=1)
            advance(1)


@contextmanager
def _opened(file: Path | None, search: SettingsSearch) -> Iterator[Study]:
    if file is None:
        yield _study(None, search)
        return
    busy = f"Another search is writing '{file}'. Wait for it, or give another study."
    with alone(file.with_name(f"{file.name}.lock"), UsageError(busy)):
        yield _study(f"sqlite:///{file.resolve()}", search)


def _study(storage: str | None, search: SettingsSearch) -> Study:
    import optuna
    from sqlalchemy.exc import DatabaseError

    try:
        study = optuna.create_study(
            storage=storage,
            study_name=search.model,
            load_if_exists=True,
            direction="maximize",
            pruner=optuna.pruners.MedianPruner(n_warmup_steps=2),
        )
    except DatabaseError as error:
        raise UsageError(
            f"'{storage}' cannot be used as a study. Give another file. ({error.orig})"
        ) from error
    if study.user_attrs.get("told", search.fingerprint()) != search.fingerprint():
        raise UsageError(
            f"'{storage}' holds a search for '{search.model}' on other data, with "
            "another space or seed. Give another study, or delete it."
        )
    study.set_user_attr("told", search.fingerprint())
    for trial in _of(study, "RUNNING"):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # killed there
    return study


def _done(study: Study) -> int:
    return len(_of(study, "COMPLETE", "PRUNED"))


def _of(study: Study, *states: str) -> list[Any]:
    return [t for t in study.get_trials(deepcopy=False) if t.state.name in states]


def _label(value: Any) -> Any:
    """What Optuna can keep in a file: lists and the like as JSON."""
    plain = value is None or isinstance(value, bool | int | float | str)
    return value if plain else json.dumps(value)


def _within(value: Any, given: Parameter) -> bool:
    if isinstance(given, Range):
        return value is not None and given.low <= value <= given.high
    return _label(value) in [_label(choice) for choice in given.choices]
