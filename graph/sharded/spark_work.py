"""Work spread over a Spark cluster, with progress."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from basketweave.errors import StoreError
from basketweave.graph.sharded.pool import Work
from basketweave.graph.sharded.spark_session import of_spark, spark_session
from basketweave.progress import SILENT, Progress

LOOK = 0.5
"""Seconds between two looks at how far it is."""


@dataclass(frozen=True)
class SparkWorkers:
    """A cluster that does work: each is a task of its own, of one job.

    A function's package, and the files it names, have to be on the workers too.
    """

    context: Any
    progress: Progress

    def do(self, what: str, work: Sequence[Work]) -> list[Any]:
        """All of it; the results in their order.

        Raises `StoreError` with what a task said last, where it fails again and again.
        """
        if not work:
            return []
        done = self.context.accumulator(0.0)

        def run(one: Work) -> Any:
            result = one.run()
            done.add(one.size)
            return result

        tasks = self.context.parallelize(work, len(work)).map(run)
        with (
            self.progress.task(what, sum(one.size for one in work)) as advance,
            ThreadPoolExecutor(1) as thread,
        ):
            job = thread.submit(tasks.collect)
            try:
                return _followed(job, lambda: float(done.value), advance)
            except BaseException as error:
                self.context.cancelAllJobs()
                raise _told(what, error) from error


def _followed(
    job: Future[list[Any]], done: Callable[[], float], advance: Callable[[float], None]
) -> list[Any]:
    told = 0.0
    while not wait([job], LOOK).done:
        now = done()
        advance(now - told)
        told = now
    result = job.result()
    advance(done() - told)
    return result


def _told(what: str, error: BaseException) -> BaseException:
    if not of_spark(error):
        return error
    said = re.findall(r"^(?:\w+\.)*\w+: .+$", str(error), re.MULTILINE)
    ours = [line for line in said if not line.startswith(("org.", "java."))]
    return StoreError(
        f"Spark gave up {what.lower()}: {(ours or said or [error])[-1]} Do the same "
        "again: what is done stands."
    )


@contextmanager
def spark_workers(
    master: str, tasks: int, progress: Progress = SILENT
) -> Iterator[SparkWorkers]:
    """A cluster for so many tasks, for as long as the context lasts.

    Raises what `spark_session` does.
    """
    with spark_session(master, max(tasks, 1), "basketweave") as spark:
        yield SparkWorkers(spark.sparkContext, progress)
