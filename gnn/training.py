"""`train`: from a subgraph and a config to an encoder and its vectors."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from basketweave.errors import TrainingError, UsageError
from basketweave.gnn.encoder import EncoderConfig
from basketweave.gnn.learner import Learner, TrainingConfig
from basketweave.gnn.run import Run, fingerprint
from basketweave.gnn.trained import Epoch, Trained
from basketweave.gnn.validation import Validation, ndcg
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.tracking import UNTRACKED, Log, Tracker, unlogged


def train(
    subgraph: Subgraph,
    config: EncoderConfig,
    *,
    validation: Validation | None = None,
    seed: int = 0,
    device: str = "auto",
    checkpoint: Path | None = None,
    progress: Progress = SILENT,
    tracker: Tracker = UNTRACKED,
) -> Trained:
    """Train the model that `config` describes, and encode `subgraph` with it.

    validation   a split whose `train` is `subgraph`, or a function of the vectors:
                 the parameters of the best epoch are kept, or those of the start
                 where none was better; training stops once
                 `patience` epochs have not been better
    device       `auto` is CUDA where there is any; there, steps run in bfloat16
    checkpoint   a file that keeps the state after each epoch. Where it exists,
                 training goes on from it, and ends as if it had never stopped
    tracker      keeps the config, the figures of each epoch and those of the best

    The same seed gives the same vectors on the CPU. Raises `TrainingError` where
    there is nothing to learn from, or the loss is not finite.
    """
    stage = "final" if validation is None else "choosing"
    said = {"model": config.model, **config.model_dump(mode="json"), "seed": seed}
    with tracker.run(f"{config.name}-{stage}", said) as log:
        if isinstance(config, TrainingConfig):
            trained = _learnt(
                subgraph, config, validation, seed, device, checkpoint, progress, log
            )
        else:
            trained = _computed(subgraph, config, seed)
        figures = {"best epoch": trained.best_epoch, "seconds": trained.seconds}
        log({**trained.vectors.card.metrics, **figures})
    return trained


def _computed(subgraph: Subgraph, config: EncoderConfig, seed: int) -> Trained:
    started = time.perf_counter()
    encoder = config.build(subgraph)
    vectors = encoder.encode(subgraph, seed=seed)
    return Trained(encoder, vectors, [], 0, time.perf_counter() - started)


def _learnt(
    subgraph: Subgraph,
    config: TrainingConfig,
    validation: Validation | None,
    seed: int,
    device: str,
    checkpoint: Path | None,
    progress: Progress,
    log: Log,
) -> Trained:
    started = time.perf_counter()
    where = chosen_device(device)
    with torch.random.fork_rng([where] if where.type == "cuda" else []):
        torch.manual_seed(seed)
        learner = config.build(subgraph).to(where)

        def value() -> float | None:
            if validation is None:
                return None
            return ndcg(validation, learner.encode(subgraph))

        run = Run(learner, fingerprint(config, subgraph, seed), checkpoint)
        prepared = _prepared(learner, subgraph, seed)
        run_epochs(run, prepared, value, progress, log)
    best = run.best_ndcg
    metrics = {}
    if best is not None:
        metrics = {"validation NDCG@10": best, "best epoch": run.best_epoch}
    vectors = learner.encode(subgraph, seed=seed, metrics=metrics)
    seconds = time.perf_counter() - started
    return Trained(learner, vectors, run.curve, run.best_epoch, seconds)


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
    total = run.config.epochs
    with progress.task(f"Training {run.config.name}", total=total) as advance:
        advance(len(run.curve))
        untrained = None if run.curve else value()
        if untrained is not None:
            run.begin(untrained)
        if run.start is not None:
            log({"validation": run.start}, 0)
        for n, epoch in enumerate(run.curve, start=1):
            log(_figures(run, epoch, n), n)
        while not run.finished:
            run.start_epoch()
            loss = _epoch(run, prepared)
            run.finish(Epoch(loss, value()))
            log(_figures(run, run.curve[-1], len(run.curve)), len(run.curve))
            advance(1)
    run.restore_best()


def _figures(run: Run, epoch: Epoch, n: int) -> dict[str, float]:
    rate = run.config.learning_rate * run.config.rate(n - 1)
    asked = {} if epoch.ndcg is None else {"validation": epoch.ndcg}
    return {"loss": epoch.loss, "learning rate": rate, **asked}


def _prepared(learner: Learner[Any], subgraph: Subgraph, seed: int) -> Any:
    """What the learner prepares, by the same chance when a training goes on."""
    device = learner.device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        return learner.prepare(subgraph)


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
    value = float(loss.detach())
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
    run.optimiser.step()
    return value


def chosen_device(name: str) -> torch.device:
    cuda = torch.cuda.is_available()
    if name.startswith("cuda") and not cuda:
        raise UsageError("There is no CUDA device here. Use device='auto' or 'cpu'.")
    return torch.device(
        "cuda" if name == "auto" and cuda else name.replace("auto", "cpu")
    )
