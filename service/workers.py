"""A store served by several processes: each answers, and one writes the file.

Python computes in one thread at a time, so more answers take more processes. Of an
embedded store this process is the one that writes; the others read along
(`graph.embedded.sharing`). To Neo4j each has connections of its own.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from basketweave.calls import Channel, answered
from basketweave.errors import StoreError, UsageError
from basketweave.graph.store import GraphStore
from basketweave.service.log import LOG, log_to_stderr
from basketweave.service.rate import Rate, RateTogether
from basketweave.service.server import LEAVE, address, bound, listening_too
from basketweave.service.settings import ServiceSettings

SPAWN = get_context("spawn")
FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""Where `prometheus_client` adds up the figures of all processes."""


@dataclass(frozen=True)
class Job:
    """What a worker is to serve, and where.

    writer   how to ask the process that writes an embedded store
    folder   where the workers find one another
    logged   whether each request has its line on standard error
    """

    uri: str
    settings: ServiceSettings
    encoder: Path | None
    where: tuple[str, int]
    writer: Channel | None
    folder: str
    secret: bytes
    logged: bool = False

    @contextmanager
    def opened(self) -> Iterator[GraphStore]:
        """The store, as a worker opens it."""
        if self.writer is None:
            from basketweave.graph.connect import connect

            with connect(self.uri) as store:
                yield store
        else:
            from basketweave.graph.embedded.sharing import ReaderStore

            with ReaderStore(self.uri, self.writer) as store:
                yield store

    def channels(self) -> list[Channel]:
        """How to ask each worker for what it remembers."""
        return [
            Channel(str(Path(self.folder) / str(n)), self.secret)
            for n in range(self.settings.workers)
        ]

    def counting(self) -> Channel:
        """How to ask the process that started them how often somebody has asked."""
        return Channel(str(Path(self.folder) / "rate"), self.secret)


def serve_together(
    store: GraphStore,
    uri: str,
    settings: ServiceSettings,
    *,
    host: str,
    port: int,
    encoder: Path | None = None,
    logged: bool = False,
    told: Callable[[str], object] = lambda url: None,
) -> None:
    """Serve with `settings.workers` processes until a signal (SIGTERM, Ctrl-C).

    store   open for writing
    told    called with the address once all of them answer

    A process that ends is started anew. Raises `StoreError` where one cannot start at
    first, and `UsageError` where nothing can listen there.
    """
    if os.name != "posix":
        raise UsageError("Several workers need Linux or macOS. Serve with --workers 1.")
    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="basketweave-"))
        sock = ends.enter_context(bound(settings, host, port, shared=True))
        writer = None
        if store.dialect == "ladybug":
            from basketweave.graph.embedded.sharing import shared

            writer = ends.enter_context(shared(store))  # type: ignore[arg-type]
        where = sock.getsockname()[:2]
        secret = os.urandom(32)
        job = Job(uri, settings, encoder, where, writer, folder, secret, logged)
        os.environ[FIGURES] = folder
        ends.callback(os.environ.pop, FIGURES)
        ends.enter_context(answered(Rate(settings.limit), Rate.ASKED, job.counting()))
        Supervisor(job).run(lambda: told(address(sock)))


class Supervisor:
    """The processes, each started anew when it ends."""

    def __init__(self, job: Job) -> None:
        self._job, self._stopping = job, threading.Event()
        self._running: list[tuple[SpawnProcess, Event]] = []

    def run(self, told: Callable[[], object]) -> None:
        """Start them, call `told` once they answer, and go on until a signal."""
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: self._stopping.set())
        try:
            self._running = [
                self._started(n) for n in range(self._job.settings.workers)
            ]
            if self._all_ready():
                told()
            while not self._stopping.is_set():
                ends = [process.sentinel for process, _ in self._running]
                connection.wait(ends, timeout=0.2)
                self._renew()
        finally:
            self._end()

    def _started(self, number: int) -> tuple[SpawnProcess, Event]:
        ready = SPAWN.Event()
        process = SPAWN.Process(target=work, args=(self._job, number, ready))
        process.start()
        return process, ready

    def _all_ready(self) -> bool:
        for process, ready in self._running:
            while not (self._stopping.is_set() or ready.wait(0.1)):
                _check(process)
        return not self._stopping.is_set()

    def _renew(self) -> None:
        for n, (process, ready) in enumerate(self._running):
            if process.is_alive() or self._stopping.is_set():
                continue
            LOG.error("a worker ended and is started anew", status=process.exitcode)
            if not ready.is_set():
                self._stopping.wait(1)
            self._running[n] = self._started(n)

    def _end(self) -> None:
        for process, _ in self._running:
            process.terminate()
        end = time.monotonic() + LEAVE
        for process, _ in self._running:
            process.join(max(0, end - time.monotonic()))
            process.kill()
            process.join()


def work(job: Job, number: int, ready: Event) -> None:
    """Serve in this process, until it is told to end, or its parent is gone."""
    from basketweave.service.app import create_app
    from basketweave.service.server import serve
    from basketweave.service.together import RememberedTogether

    threading.Thread(target=_end_with_parent, daemon=True).start()
    given = RememberedTogether(number, job.channels())
    with (
        answered(given, given.ASKED, job.channels()[number]),
        job.opened() as store,
        listening_too(*job.where) as sock,
    ):
        encoder = None
        if job.encoder is not None:
            from basketweave.encoders import load_reader

            encoder = load_reader(job.encoder, store)
        rate = RateTogether(job.settings.limit, job.counting())
        app = create_app(store, job.settings, encoder=encoder, given=given, rate=rate)
        if job.logged:
            log_to_stderr()
        serve(app, sock, ready.set)


def _check(process: SpawnProcess) -> None:
    if not process.is_alive():
        raise StoreError(
            f"A worker ended before it answered (status {process.exitcode}); what it "
            "said stands above. Try --workers 1."
        )


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # it was killed, and its place is to be free for the next one
