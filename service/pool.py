"""A few threads in which requests are computed, and a bound on how many wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from basketweave.service.refusals import Refused

T = TypeVar("T")


class Pool:
    """Threads that compute, shared by all requests.

    threads   how many compute at the same time
    waiting   how many may wait for them
    timeout   seconds after which an answer is no longer waited for
    told      called with how many are computed or wait, whenever that changes
    """

    def __init__(
        self,
        name: str,
        threads: int,
        waiting: int,
        timeout: float,
        told: Callable[[int], object] = lambda busy: None,
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most, self._timeout = threads + waiting, timeout
        self.busy, self._told = 0, told

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, computed in one of the threads.

        Raises `Refused`: 429 where too many wait already, 503 where it takes too long;
        work that has begun goes on to its end then.
        """
        if self.busy >= self._most:
            raise Refused(429, "Too many requests at once. Come back in a second.", 1)
        self._count(1)
        future = self._threads.submit(work)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: self._freed(loop))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout)
        except TimeoutError:
            detail = f"No answer within {self._timeout:g} seconds. Come back later."
            raise Refused(503, detail, 1) from None

    def start(self, work: Callable[[], None]) -> None:
        """Begin what nobody waits for."""
        self._threads.submit(work)

    def close(self) -> None:
        """Wait for what has begun."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _freed(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop has ended before the work
            loop.call_soon_threadsafe(self._count, -1)

    def _count(self, more: int) -> None:
        self.busy += more
        self._told(self.busy)
