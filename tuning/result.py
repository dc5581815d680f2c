"""`Tuned`: what a search found, as settings of a recipe, a table and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import polars as pl
import yaml

from basketweave.errors import TrainingError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from optuna import Study


@dataclass(frozen=True)
class Tried:
    """One trial: its settings, the NDCG@10 and epoch it reached, and how it ended.

    number  counted from 1
    state   `complete`, or `pruned`: broken off, or impossible, which `why` tells
    ndcg    on validation; of a trial broken off, at the epoch before
    """

    number: int
    state: str
    ndcg: float | None
    settings: Mapping[str, Any]
    epoch: int | None
    seconds: float
    why: str | None = None


@dataclass(frozen=True)
class Tuned:
    """The trials of a search in their order, the first of them with the defaults.

    importance   setting -> its share in what tells good trials from others
                 (Watanabe et al. 2023, "PED-ANOVA"); empty with fewer than ten
    """

    model: str
    trials: Sequence[Tried]
    importance: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str, study: Study) -> Self:
        """The result of a study.

        Raises `TrainingError` where no trial was completed.
        """
        ended = study.get_trials(deepcopy=False)
        completed = [t for t in ended if t.state.name in ("COMPLETE", "PRUNED")]
        trials = [_tried(n, trial) for n, trial in enumerate(completed, start=1)]
        if not any(trial.state == "complete" for trial in trials):
            why = next((trial.why for trial in trials if trial.why), None)
            raise TrainingError(
                why or "No trial was completed. Raise the number of trials or the time."
            )
        return cls(model, trials, _importance(study))

    @property
    def best(self) -> Tried:
        """The trial with the largest NDCG@10, the first of equals."""
        complete = [trial for trial in self.trials if trial.state == "complete"]
        return max(complete, key=lambda trial: trial.ndcg or 0)

    def to_yaml(self) -> str:
        """The best settings, as a recipe's `settings:` takes them."""
        best, first = self.best, self.trials[0]
        start = "" if first.ndcg is None else f"; it began at {first.ndcg:.4f}"
        heading = (
            f"# {self.model}: validation NDCG@10 {best.ndcg:.4f}, trial "
            f"{best.number} of {len(self.trials)}{start}\n"
        )
        return heading + yaml.safe_dump(
            {"settings": dict(best.settings)}, sort_keys=False
        )

    def to_dict(self) -> dict[str, Any]:
        """The best settings and every trial as plain dicts, lists and numbers."""
        return {
            "model": self.model,
            "ndcg": self.best.ndcg,
            "settings": dict(self.best.settings),
            "importance": dict(self.importance),
            "trials": [vars(trial) for trial in self.trials],
        }

    def table(self) -> pl.DataFrame:
        """A row for each trial, a column for each setting."""
        rows = [
            {**vars(t), **{n: _cell(v) for n, v in t.settings.items()}}
            for t in self.trials
        ]
        frame = pl.DataFrame(rows, infer_schema_length=None)
        return frame.drop("settings", "why").with_columns(frame["why"])

    def picture(self) -> Figure:
        """How the best grew from trial to trial, and which settings mattered."""
        from basketweave.tuning.picture import history

        return history(self)

    def save(self, folder: Path) -> None:
        """Write `best.yaml`, `trials.csv` and `trials.png`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "best.yaml").write_text(self.to_yaml(), encoding="utf-8")
        self.table().write_csv(folder / "trials.csv")
        self.picture().savefig(folder / "trials.png", dpi=150)


def _tried(number: int, trial: Any) -> Tried:
    said, took = trial.user_attrs, trial.duration
    return Tried(
        number=number,
        state=trial.state.name.lower(),
        ndcg=trial.value,
        settings=said.get("settings", {}),
        epoch=said.get("epoch", trial.last_step),
        seconds=0.0 if took is None else took.total_seconds(),
        why=said.get("why"),
    )


def _cell(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


def _importance(study: Study) -> dict[str, float]:
    from optuna.importance import get_param_importances

    complete = [
        t for t in study.get_trials(deepcopy=False) if t.state.name == "COMPLETE"
    ]
    names = {n for t in complete for n in t.params}
    varied = [n for n in names if len({t.params.get(n) for t in complete}) > 1]
    if len(complete) < 10 or len({t.value for t in complete}) < 2:
        return {}
    return dict(get_param_importances(study, params=sorted(varied)))
