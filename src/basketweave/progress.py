"""How long work tells how far it has come, without knowing who watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[float], None]


class Progress(Protocol):
    """Something that can watch a task: a bar in a terminal, a log, or nothing."""

    def task(
        self, description: str, total: float | None = None
    ) -> AbstractContextManager[Advance]:
        """Watch one task; the context's value is called with each step's size."""
        ...


class Silent:
    """Watches nothing: the default in library calls and tests."""

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        yield lambda _: None


SILENT = Silent()
