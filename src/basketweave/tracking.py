"""Where the course of a training is written down: nowhere, TensorBoard or MLflow."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from basketweave.errors import UsageError

MISSING = "needs an extra. Run: pip install 'basketweave[tracking]'"


class Log(Protocol):
    """Takes the figures of an epoch, counted from 1 (0 is the untrained start), or,
    without an epoch, those of the whole run."""

    def __call__(
        self, figures: Mapping[str, float], epoch: int | None = None
    ) -> None: ...


class Tracker(Protocol):
    """Something that keeps runs: a folder, a server, or nothing."""

    def run(self, name: str, config: Mapping[str, Any]) -> AbstractContextManager[Log]:
        """A context for one run with its config; its value takes the run's figures."""
        ...


def unlogged(figures: Mapping[str, float], epoch: int | None = None) -> None:
    """Takes figures and keeps none of them."""


class Untracked:
    """Keeps nothing: the default in library calls and tests."""

    @contextmanager
    def run(self, name: str, config: Mapping[str, Any]) -> Iterator[Log]:
        yield unlogged


UNTRACKED = Untracked()


@dataclass(frozen=True)
class Within:
    """The runs of one part of a larger whole, under its name: `part/run`."""

    tracker: Tracker
    part: str

    def run(self, name: str, config: Mapping[str, Any]) -> AbstractContextManager[Log]:
        return self.tracker.run(f"{self.part}/{name}", config)


@dataclass(frozen=True)
class TensorBoard:
    """Event files, a folder a run: `tensorboard --logdir FOLDER` shows them.

    A run that goes on from a checkpoint takes the place of what it wrote before.
    """

    folder: Path

    @contextmanager
    def run(self, name: str, config: Mapping[str, Any]) -> Iterator[Log]:
        from torch.utils.tensorboard import SummaryWriter

        with SummaryWriter(self.folder / name, purge_step=0) as writer:
            text = json.dumps(config, indent=4, ensure_ascii=False)
            writer.add_text("config", "\n".join(f"    {s}" for s in text.splitlines()))

            def log(figures: Mapping[str, float], epoch: int | None = None) -> None:
                for figure, value in figures.items():
                    tag = figure if epoch is not None else f"final/{figure}"
                    writer.add_scalar(tag, value, epoch or 0)
                writer.flush()

            yield log


@dataclass(frozen=True)
class MLflow:
    """Runs of the MLflow experiment `basketweave` at a tracking URI."""

    uri: str
    experiment: str = "basketweave"

    def experiment_id(self) -> str:
        """The id of the experiment, which is made where there is none.

        Raises `UsageError` where nothing can be kept at the URI.
        """
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        try:
            client = MlflowClient(tracking_uri=self.uri)
            found = client.get_experiment_by_name(self.experiment)
            return str(
                found.experiment_id
                if found
                else client.create_experiment(self.experiment)
            )
        except (MlflowException, ImportError) as error:
            raise UsageError(
                f"MLflow cannot keep runs at '{self.uri}'. Use a file, "
                "mlflow:sqlite:///runs.db, or a server that runs, "
                f"mlflow:http://HOST:5000. ({error})"
            ) from error

    @contextmanager
    def run(self, name: str, config: Mapping[str, Any]) -> Iterator[Log]:
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param

        client = MlflowClient(tracking_uri=self.uri)
        kept = client.create_run(self.experiment_id(), run_name=name).info.run_id
        params = [Param(key, _short(value)) for key, value in config.items()]
        client.log_batch(kept, params=params)

        def log(figures: Mapping[str, float], epoch: int | None = None) -> None:
            now = time.time_ns() // 1_000_000
            found = [
                Metric(_allowed(figure, epoch), value, now, epoch or 0)
                for figure, value in figures.items()
            ]
            client.log_batch(kept, metrics=found)

        status = "FAILED"
        try:
            yield log
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            client.set_terminated(kept, status)


def tracker(where: str | None) -> Tracker:
    """The tracker of `--track`: a folder, `mlflow:URI`, or None for none.

    Raises `UsageError` where what it needs is not installed or cannot be reached.
    """
    if where is None:
        return UNTRACKED
    kind, _, uri = where.partition(":")
    if kind != "mlflow":
        _installed("tensorboard", "TensorBoard")
        return TensorBoard(Path(where))
    if not uri:
        raise UsageError("Say where MLflow keeps runs: mlflow:sqlite:///runs.db.")
    _installed("mlflow", "MLflow")
    # By default seven tries, each after a longer wait: minutes, where no server runs.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    found = MLflow(uri)
    found.experiment_id()
    return found


def _installed(module: str, name: str) -> None:
    try:
        __import__(module)
    except ImportError:
        raise UsageError(f"Tracking with {name} {MISSING}") from None


def _short(value: object) -> str:
    """As long as MLflow lets the value of a parameter be."""
    return str(value)[:6000]


def _allowed(figure: str, epoch: int | None) -> str:
    """A name that MLflow takes, which has no @.

    >>> _allowed("validation NDCG@10", None)
    'final/validation NDCG at 10'
    """
    said = re.sub(r"[^\w\-. :/]", "_", figure.replace("@", " at "))
    return said if epoch is not None else f"final/{said}"
