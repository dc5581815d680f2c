"""How long-running work reports its progress, without knowing who watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[float], None]


class Progress(Protocol):
    """What a task's progress is reported to: a bar in a terminal, a log, or nothing."""

    def task(
        self, description: str, total: float | None = None
    ) -> AbstractContextManager[Advance]:
        """A context for one task; its value is a function to be called with each step's
        size."""
        ...


class Silent:
    """Reports to nobody: the default in library calls and tests."""

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        yield lambda _: None


SILENT = Silent()
