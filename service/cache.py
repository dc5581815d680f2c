"""Answers that are kept for a while, until what they are made of changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from hashlib import sha256
from itertools import count
from typing import NamedTuple, Protocol

from cachetools import TTLCache

MOST = 20_000
"""Of so many people and items answers are kept in memory."""
EACH = 20
"""Different questions of which answers are kept for each."""


class Slot(NamedTuple):
    """Where an answer would stand, and since when it counts.

    mark   what the cache knew when it was asked: an answer computed before a change is
           not kept after it
    """

    who: str
    question: str
    mark: str


class Cache(Protocol):
    """Keeps answers; safe in threads. A cache that fails keeps nothing, and says nothing."""

    def find(self, who: str, question: str) -> tuple[bytes | None, Slot]:
        """The answer to a question about `who`, and the place to keep it."""
        ...

    def keep(self, place: Slot, content: bytes) -> None:
        """Keep an answer, unless something changed since its place was given."""
        ...

    def empty(self, whom: Iterable[str] | None = None) -> None:
        """Forget the answers about these; None: all."""
        ...


def of_user(user: object) -> str:
    """The name of a person in a cache, which does not tell who it is."""
    return sha256(f"user {user}".encode("utf-8", "replace")).hexdigest()[:32]


def of_item(item: object) -> str:
    """The name of an item in a cache."""
    return f"item {item}"


class NoCache:
    """Keeps nothing."""

    def find(self, who: str, question: str) -> tuple[bytes | None, Slot]:
        """Nothing."""
        return None, Slot(who, question, "")

    def keep(self, place: Slot, content: bytes) -> None:
        """Not at all."""

    def empty(self, whom: Iterable[str] | None = None) -> None:
        """There is nothing."""


class MemoryCache:
    """Keeps answers in this process, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._lock, self._changes = threading.Lock(), count(1)
        self._kept: TTLCache[str, dict[str, bytes]] = TTLCache(MOST, seconds)
        # Longer than any answer takes that is being computed.
        self._emptied: TTLCache[str, int] = TTLCache(10 * MOST, max(seconds, 60))
        self._last = self._all = 0

    def find(self, who: str, question: str) -> tuple[bytes | None, Slot]:
        """The answer to a question about `who`, and the place to keep it."""
        with self._lock:
            found = self._kept.get(who, {}).get(question)
            return found, Slot(who, question, str(self._last))

    def keep(self, place: Slot, content: bytes) -> None:
        """Keep an answer, unless something changed since its place was given."""
        with self._lock:
            changed = max(self._all, self._emptied.get(place.who, 0))
            if changed > int(place.mark):
                return
            answers = self._kept.get(place.who)
            if answers is None or len(answers) >= EACH:
                answers = self._kept[place.who] = {}
            answers[place.question] = content

    def empty(self, whom: Iterable[str] | None = None) -> None:
        """Forget the answers about these; None: all."""
        with self._lock:
            self._last = next(self._changes)
            if whom is None:
                self._kept.clear()
                self._all = self._last
                return
            for who in whom:
                self._kept.pop(who, None)
                self._emptied[who] = self._last
