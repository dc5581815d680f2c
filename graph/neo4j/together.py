"""Two sessions at once: more were no quicker on 2 cores, and had more deadlocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event
from typing import Any, TypeVar

from basketweave.graph.neo4j.connection import Database, RowLists

SESSIONS = 2
T = TypeVar("T")
S = TypeVar("S")


def read_shares(
    database: Database, statement: str, parameters: Mapping[str, Any] | None = None
) -> list[RowLists]:
    """The rows of `statement` for each `$share` of `$shares`, all read at once."""

    def read(share: int) -> RowLists:
        return database.read(
            statement, share=share, shares=SESSIONS, **(parameters or {})
        )

    return together(read, range(SESSIONS), Event())


def together(work: Callable[[S], T], shares: Sequence[S], stop: Event) -> list[T]:
    """The results of `work` on each share, in order; the shares run at once.

    `stop` is set as soon as one of them fails, or at Ctrl-C, so that `work` on the
    others can end early.
    """
    if len(shares) == 1:
        return [work(shares[0])]
    with ThreadPoolExecutor(len(shares)) as pool:
        futures = [pool.submit(work, share) for share in shares]
        try:
            for future in as_completed(futures):
                future.result()
        finally:
            stop.set()
        return [future.result() for future in futures]
