"""Work spread over processes, with progress; a process that ends is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from typing import Any, Protocol

from basketweave.errors import StoreError
from basketweave.progress import Progress


@dataclass(frozen=True)
class Work:
    """A function of a module with its arguments, and how large it is beside others."""

    function: Callable[..., Any]
    given: tuple[Any, ...]
    size: float = 1.0

    def run(self) -> Any:
        """Do it here."""
        return self.function(*self.given)


class Hands(Protocol):
    """Whoever does work: this process, others on this machine, a cluster."""

    def do(self, what: str, work: Sequence[Work]) -> list[Any]:
        """All of it; the results in their order."""
        ...


@dataclass(frozen=True)
class Workers:
    """Processes that do work; without a pool this one does."""

    pool: ProcessPoolExecutor | None
    progress: Progress

    def do(self, what: str, work: Sequence[Work]) -> list[Any]:
        """All of it; the results in their order.

        Raises `StoreError` where a process is killed, such as for want of memory.
        """
        with self.progress.task(what, sum(one.size for one in work)) as advance:
            if self.pool is None:
                return [_done(one, advance) for one in work]
            try:
                running = {self.pool.submit(one.run): one for one in work}
                for future in as_completed(running):
                    future.result()
                    advance(running[future].size)
            except BrokenProcessPool as error:
                raise StoreError(
                    f"A process was killed while {what.lower()}, perhaps for want of "
                    "memory. Do the same again: what is done stands. For less memory: "
                    "more --shards, fewer --processes. A script that calls this does so "
                    'under `if __name__ == "__main__":`.'
                ) from error
            return [future.result() for future in running]


@contextmanager
def workers(processes: int, progress: Progress) -> Iterator[Workers]:
    """So many processes, for as long as the context lasts; with 1 it is this one.

    They are started anew, not forked: the threads of polars would not come along.
    """
    if processes == 1:
        yield Workers(None, progress)
        return
    others = set(active_children())
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        try:
            yield Workers(pool, progress)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # One that was being started when another was killed: the pool, broken, would
            # wait for it and never end it.
            for process in set(active_children()) - others:
                process.terminate()
            raise


def _done(one: Work, advance: Callable[[float], None]) -> Any:
    result = one.run()
    advance(one.size)
    return result
