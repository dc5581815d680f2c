"""Answers kept in Redis, which several services may share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import redis

from basketweave.errors import UsageError
from basketweave.service.cache import Slot
from basketweave.service.log import LOG

T = TypeVar("T")
TIMEOUT = 0.2
"""Seconds: an answer is computed in less."""
AGAIN = 1.0
"""Seconds until a Redis that failed is tried again."""
MARKS = 86_400
"""Seconds for which a mark is kept: longer than any answer."""


class RedisCache:
    """Keeps answers in Redis for so many seconds; where Redis fails, none.

    Answers stand under a mark for all, and one for each person or item, which `empty`
    moves on. What could not be emptied while Redis was away is emptied, whole, before
    anything is read from it again. Raises `UsageError` for what is no address.
    """

    def __init__(self, url: str, seconds: float, prefix: str) -> None:
        try:
            self._redis = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
            )
        except ValueError as error:
            raise UsageError(
                f"{url} is no address of a Redis server ({error}). Write redis://host:6379"
            ) from error
        self._seconds, self._prefix = max(1, round(seconds)), f"basketweave:{prefix}:"
        self._until, self._missed = 0.0, False

    def find(self, who: str, question: str) -> tuple[bytes | None, Slot]:
        """The answer to a question about `who`, and the place to keep it."""

        def read() -> tuple[bytes | None, Slot]:
            mark = ".".join((one or b"0").decode() for one in self._marks(who))
            found = self._redis.hget(self._name(who, mark), question)
            assert not isinstance(found, str)  # it is not told to decode
            return found, Slot(who, question, mark)

        return self._tried(read) or (None, Slot(who, question, ""))

    def keep(self, place: Slot, content: bytes) -> None:
        """Keep an answer under the marks that stood when it was asked for."""
        if not place.mark:
            return
        name = self._name(place.who, place.mark)

        def write() -> None:
            with self._redis.pipeline(transaction=False) as many:
                many.hset(name, place.question, content)
                many.expire(name, self._seconds, nx=True)
                many.execute()

        self._tried(write)

    def empty(self, whom: Iterable[str] | None = None) -> None:
        """Forget the answers about these; None: all."""
        names = None if whom is None else list(whom)

        def move() -> bool:
            with self._redis.pipeline(transaction=False) as many:
                if names is None:
                    many.incr(f"{self._prefix}all")
                for who in names or ():
                    many.incr(f"{self._prefix}mark:{who}")
                    many.expire(f"{self._prefix}mark:{who}", MARKS)
                many.execute()
            return True

        if not self._tried(move):
            self._missed = True

    def _marks(self, who: str) -> list[bytes | None]:
        names = f"{self._prefix}all", f"{self._prefix}mark:{who}"
        return list(self._redis.mget(names))  # type: ignore[arg-type]

    def _name(self, who: str, mark: str) -> str:
        return f"{self._prefix}answers:{mark}:{who}"

    def _tried(self, work: Callable[[], T]) -> T | None:
        """What `work` returns; None where Redis fails, or failed a moment ago."""
        if time.monotonic() < self._until:
            return None
        try:
            if self._missed:
                self._redis.incr(f"{self._prefix}all")
                self._missed = False
            return work()
        except redis.RedisError as error:
            self._until = time.monotonic() + AGAIN
            LOG.warning("the cache does not answer", error=type(error).__name__)
            return None
