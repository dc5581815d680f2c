"""Several processes that train one model, one a device: started, watched, ended."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.distributed as dist
from torch import multiprocessing

from basketweave.errors import TrainingError, UsageError
from basketweave.training.share import ALONE, Share

# A process that dies is noticed by its closed connection, not by the clock: while the
# first one validates, the others wait.
PATIENCE = timedelta(days=7)
START = timedelta(minutes=2)


@dataclass(frozen=True)
class Worker:
    """One of the processes that train: its rank, its threads and its device.

    In `folder` the processes find each other.
    """

    rank: int
    world: int
    threads: int
    kind: str
    folder: Path

    @property
    def device(self) -> torch.device:
        """The device of this process: a GPU of its own, or the processor that all
        share."""
        return torch.device("cpu" if self.kind == "cpu" else f"{self.kind}:{self.rank}")


@dataclass(frozen=True)
class Partner:
    """Another process, and the pipe by which it says why it failed."""

    process: BaseProcess
    says: Connection

    def heard(self) -> str | None:
        """The next message of the process; None where it ended without one."""
        try:
            return str(self.says.recv())
        except EOFError:
            return None


Work = Callable[..., None]
"""`work(share, device, *given)`, a function of a module: what the others do."""


@contextmanager
def together(
    devices: int, device: torch.device, work: Work, *given: Any
) -> Iterator[tuple[Share, torch.device]]:
    """This process as the first of `devices`, whose others do `work`.

    They are new Python processes (spawned), so a script that trains on several guards
    its main part by `if __name__ == "__main__":`. When the context is left, by an
    error or Ctrl-C too, the others are ended. Raises `TrainingError` where one of
    them fails or is killed, `UsageError` where there are not so many devices.
    """
    if devices == 1:
        yield ALONE, device
        return
    check(devices, device)
    threads = torch.get_num_threads()
    each = max(1, threads // devices)
    with TemporaryDirectory() as folder:
        workers = [
            Worker(rank, devices, each, device.type, Path(folder))
            for rank in range(devices)
        ]
        partners = [_start(worker, work, given) for worker in workers[1:]]
        try:
            _await(partners)
            yield _joined(workers[0]), workers[0].device
        except RuntimeError as error:
            if failed := _failed(partners):
                raise failed from error
            raise
        finally:
            torch.set_num_threads(threads)
            _end(partners)


def check(devices: int, device: torch.device) -> None:
    """Raises `UsageError` where `devices` processes cannot have one device each."""
    if devices < 1:
        raise UsageError(f"`devices` is {devices}. Use 1 or more.")
    if dist.is_initialized():
        raise UsageError(
            "This process is in a torch.distributed group already. Train with "
            "devices=1, or call train outside of it."
        )
    if device.index is not None:
        raise UsageError(
            f"'{device}' is one device, and {devices} are asked for. Use "
            f"device='{device.type}', or devices=1."
        )
    if device.type == "cuda" and torch.cuda.device_count() < devices:
        raise UsageError(
            f"{devices} devices are asked for and there are "
            f"{torch.cuda.device_count()} GPUs. Ask for fewer, or use device='cpu'."
        )


def _start(worker: Worker, work: Work, given: Sequence[Any]) -> Partner:
    context = multiprocessing.get_context("spawn")
    says, end = context.Pipe(duplex=False)
    process = context.Process(
        target=_partner, args=(worker, end, work, given), daemon=True
    )
    process.start()
    end.close()
    return Partner(process, says)


def _partner(
    worker: Worker, says: Connection, work: Work, given: Sequence[Any]
) -> None:
    # Ctrl-C reaches every process of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    says.send("started")
    try:
        work(_joined(worker), worker.device, *given)
    except Exception as error:  # noqa: BLE001
        says.send(str(error) or type(error).__name__)
        sys.exit(1)
    finally:
        _leave()


def _joined(worker: Worker) -> Share:
    torch.set_num_threads(worker.threads)
    store = dist.FileStore(  # type: ignore[attr-defined]
        str(worker.folder / "store"), worker.world
    )
    store.set_timeout(START)
    dist.init_process_group(
        "gloo", store=store, rank=worker.rank, world_size=worker.world, timeout=PATIENCE
    )
    if worker.kind == "cpu":
        return Share(worker.rank, worker.world)
    torch.cuda.set_device(worker.device)
    return Share(worker.rank, worker.world, dist.new_group(backend="nccl"))


def _await(partners: Sequence[Partner]) -> None:
    """Until all have started: one that cannot import what it needs ends here."""
    for partner in partners:
        if partner.heard() is None:
            raise RuntimeError("A process did not start.")


def _failed(partners: Sequence[Partner]) -> TrainingError | None:
    """What to raise where one of them has ended; None where none has."""
    gone = wait([partner.process.sentinel for partner in partners], timeout=5)
    for n, partner in enumerate(partners, start=2):
        if partner.process.sentinel not in gone:
            continue
        # Its files close a moment before it can be asked how it ended.
        partner.process.join()
        if code := partner.process.exitcode:
            return TrainingError(
                f"Process {n} of {len(partners) + 1} failed, so the training was "
                f"ended. {partner.heard() or _ended(code)}"
            )
    return None


def _ended(code: int) -> str:
    if code > 0:
        return f"It ended with code {code}; what it printed stands above."
    name = signal.Signals(-code).name
    return f"It was killed ({name}), perhaps for want of memory."


def _end(partners: Sequence[Partner]) -> None:
    _leave()
    for partner in partners:
        partner.process.kill()
        partner.process.join()
        partner.says.close()


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
