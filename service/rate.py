"""How often each may ask: counted in one place, whichever process is asked."""

from __future__ import annotations

import math
import threading
import time
from typing import ClassVar

from anyio import to_thread
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from basketweave.calls import Caller, Channel


class Rate:
    """Counts in this process what each asks; safe to use from several threads.

    limit   how often each may ask; None: as often as they like
    """

    ASKED: ClassVar = ("hit",)

    def __init__(self, limit: RateLimitItem | None = None) -> None:
        self.limit, self._lock = limit, threading.Lock()
        self._asked = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def wait(self, who: str) -> int:
        """Counts one request; the seconds until it may come again, 0 where it may now."""
        return 0 if self.limit is None else self.hit(who)

    def hit(self, who: str) -> int:
        """The same, where there is a limit."""
        assert self.limit is not None
        with self._lock:
            if self._asked.hit(self.limit, who):
                return 0
            again = self._asked.get_window_stats(self.limit, who).reset_time
        return max(1, math.ceil(again - time.time()))


class RateTogether(Rate):
    """Counts in the process that started this one, as all of its others do."""

    def __init__(self, limit: RateLimitItem | None, counting: Channel) -> None:
        super().__init__(limit)
        self._counting = Caller(counting)

    def hit(self, who: str) -> int:
        """What that process says; raises `StoreError` where it is gone."""
        seconds: int = self._counting.ask("hit", who)
        return seconds

    async def wait(self, who: str) -> int:
        """As `Rate`, while other requests go on."""
        if self.limit is None:
            return 0
        return await to_thread.run_sync(self.hit, who)
