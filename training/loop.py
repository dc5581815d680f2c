"""`train`: from a subgraph and a config to an encoder and its vectors."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from basketweave.errors import TrainingError, UsageError
from basketweave.graph.saved import load_vectors
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.tracking import UNTRACKED, Log, Tracker, unlogged
from basketweave.training.devices import together
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import Learner, TrainingConfig
from basketweave.training.passes import Passes
from basketweave.training.run import Run, fingerprint
from basketweave.training.share import ALONE, Share
from basketweave.training.trained import Epoch, Trained
from basketweave.training.validation import Validation


def train(
    subgraph: Subgraph,
    config: EncoderConfig,
    *,
    validation: Validation | None = None,
    passes: Passes | None = None,
    seed: int = 0,
    device: str = "auto",
    devices: int = 1,
    share: Share = ALONE,
    checkpoint: Path | None = None,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> Trained:
    """Train the model that `config` describes, and encode `subgraph` with it.

    validation   a split whose `train` is `subgraph`, or a function of the vectors:
                 the parameters of the best epoch are kept, or those of the start
                 where none was better; training stops once
                 `patience` epochs have not been better
    passes       for a config that `streams`: the events to learn from, where they are
                 more than `subgraph` holds
    device       `auto` is CUDA where there is any; there, steps run in bfloat16
    devices      processes that share each step's batch: one a GPU on CUDA, else all
                 on the processor. This one validates, keeps and reports; the others
                 are started anew, so a script guards its main part
                 (`if __name__ == "__main__":`)
    share        this process's part where it is one of several that were `launched`:
                 all of them call `train` in the same way, and each gets the result
    checkpoint   a file that keeps the state after each epoch. Where it exists,
                 training goes on from it, and ends as if it had never stopped; one of
                 other data, config or seed is set aside, with a note in the log
    tracker      keeps the config, the figures of each epoch and those of the best

    The same seed gives the same vectors on the CPU. Raises `TrainingError` where
    there is nothing to learn from, the loss is not finite, or a process fails, and
    `DataError` where a file that the config starts from holds no vectors.
    """
    stage = "final" if validation is None else "choosing"
    said = {"model": config.model, **config.model_dump(mode="json"), "seed": seed}
    with tracker.run(f"{config.name}-{stage}", said) as log:
        if isinstance(config, TrainingConfig):
            job = TrainingJob(subgraph, config, seed, checkpoint, passes)
            where = chosen_device(device)
            with _processes(devices, where, job, share) as (mine, own):
                trained = _learnt(job, validation, mine, own, progress, log)
        else:
            trained = _computed(subgraph, config, seed, devices)
        figures = {"best epoch": trained.best_epoch, "seconds": trained.seconds}
        log({**trained.vectors.card.metrics, **figures})
    return trained


def _processes(
    devices: int, device: torch.device, job: TrainingJob, share: Share
) -> AbstractContextManager[tuple[Share, torch.device]]:
    if share.world > 1:
        if devices > 1:
            raise UsageError(
                "The processes are started already, by torchrun: its --nproc-per-node "
                "says how many a machine has. Leave `devices` out."
            )
        return nullcontext((share, device))
    return together(devices, device, _partner, job)


def _computed(
    subgraph: Subgraph, config: EncoderConfig, seed: int, devices: int
) -> Trained:
    if devices != 1:
        raise UsageError(
            f"'{config.name}' is computed without training, so there is nothing for "
            f"{devices} devices to share. Leave `devices` out."
        )
    started = time.perf_counter()
    encoder = config.build(subgraph)
    vectors = encoder.encode(subgraph, seed=seed)
    return Trained(encoder, vectors, [], 0, time.perf_counter() - started)


@dataclass(frozen=True)
class TrainingJob:
    """What every process needs to know of a training."""

    subgraph: Subgraph
    config: TrainingConfig
    seed: int
    checkpoint: Path | None
    passes: Passes | None = None

    @cached_property
    def fingerprint(self) -> str:
        """What must be the same for a training to go on."""
        events = self.passes.name if self.passes else None
        return fingerprint(self.config, self.subgraph, self.seed, events)

    def prepared(self, learner: Learner[Any]) -> Any:
        """What the learner prepares, by the same chance when a training goes on."""
        device = learner.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.seed)
            if self.passes is None:
                return learner.prepare(self.subgraph)
            return learner.prepare_passes(self.subgraph, self.passes)


def _learnt(
    job: TrainingJob,
    validation: Validation | None,
    share: Share,
    device: torch.device,
    progress: Progress,
    log: Log,
) -> Trained:
    started = time.perf_counter()
    subgraph, seed = job.subgraph, job.seed

    def value(learner: Learner[Any]) -> float | None:
        if validation is None:
            return None
        return learner.value(subgraph, validation)

    run = _looped(job, value, share, device, progress, log)
    best, learner = run.best_value, run.learner
    assert isinstance(learner, Learner)
    metrics = {}
    if best is not None:
        metrics = {"validation NDCG@10": best, "best epoch": run.best_epoch}
    vectors = learner.encode(subgraph, seed=seed, metrics=metrics)
    seconds = time.perf_counter() - started
    return Trained(learner, vectors, run.curve, run.best_epoch, seconds)


def _partner(share: Share, device: torch.device, job: TrainingJob) -> None:
    """The part of a process that is not the first: its share of every step."""
    _looped(job, lambda _: None, share, device, SILENT, unlogged)


def _looped(
    job: TrainingJob,
    value: Callable[[Learner[Any]], float | None],
    share: Share,
    device: torch.device,
    progress: Progress,
    log: Log,
) -> Run:
    """All epochs; `value` is asked of the first process."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(job.seed)
        start = [load_vectors(file) for file in job.config.vector_files]
        learner = job.config.build(job.subgraph, start).to(device)
        learner.share = share
        run = Run(learner, job.fingerprint, job.checkpoint)
        if share.rank:
            run.checkpoint = None  # read and kept by the first
        prepared = job.prepared(learner)
        share.same(learner)
        run_epochs(run, prepared, lambda: value(learner), progress, log)
        share.same(learner)  # other machines may round in another way
        learner.share = ALONE
    return run


def run_epochs(
    run: Run,
    prepared: Any,
    value: Callable[[], float | None],
    progress: Progress,
    log: Log = unlogged,
) -> None:
    """Run epochs until the run is finished, and restore the best of them.

    value   before the first and after each epoch: what should become large; None
            where nothing is asked
    log     takes the figures of each epoch, those of a checkpoint too
    """
    total, share = run.config.epochs, run.learner.share
    with progress.task(f"Training {run.config.name}", total=total) as advance:
        advance(len(run.curve))
        untrained = None if run.curve else share.first(value)
        if untrained is not None:
            run.begin(untrained)
        if run.start is not None:
            log({"validation": run.start}, 0)
        for n, epoch in enumerate(run.curve, start=1):
            log(_figures(run, epoch, n), n)
        while not run.finished:
            run.start_epoch()
            share.begin_epoch()
            loss = _epoch(run, prepared)
            run.finish(Epoch(loss, share.first(value)))
            log(_figures(run, run.curve[-1], len(run.curve)), len(run.curve))
            advance(1)
    run.restore_best()


def _figures(run: Run, epoch: Epoch, n: int) -> dict[str, float]:
    rate = run.config.learning_rate * run.config.rate(n - 1)
    asked = {} if epoch.value is None else {"validation": epoch.value}
    return {"loss": epoch.loss, "learning rate": rate, **asked}


def _epoch(run: Run, prepared: Any) -> float:
    """One pass over what the learner asks; the mean loss."""
    run.learner.train()
    device = run.learner.device.type
    losses = run.learner.losses(prepared)
    values: list[float] = []
    while True:
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            loss = next(losses, None)
        if loss is None:
            return sum(values) / len(values)
        values.append(_step(run, loss))


def _step(run: Run, loss: Tensor) -> float:
    share = run.learner.share
    value = share.mean(float(loss.detach()))
    if not math.isfinite(value):
        kept = run.checkpoint and len(run.curve)
        raise TrainingError(
            f"The loss of '{run.config.name}' became {value} in epoch "
            f"{len(run.curve) + 1}. Lower its `learning_rate`."
            + (
                f" '{run.checkpoint}' holds epoch {kept}, the last good one."
                * bool(kept)
            )
        )
    run.optimiser.zero_grad()
    loss.backward()
    share.average(run.learner.parameters())
    run.optimiser.step()
    return value


def chosen_device(name: str) -> torch.device:
    cuda = torch.cuda.is_available()
    if name.startswith("cuda") and not cuda:
        raise UsageError("There is no CUDA device here. Use device='auto' or 'cpu'.")
    try:
        return torch.device(
            "cuda" if name == "auto" and cuda else name.replace("auto", "cpu")
        )
    except RuntimeError:
        raise UsageError(
            f"{name!r} is no device. Use auto, cpu, cuda or cuda:1."
        ) from None
