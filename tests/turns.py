"""Which tests begin a run, where several processes share it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROCESSES = "PYTEST_XDIST_WORKER_COUNT"
LONG = (
    "journeys/test_neo4j_real_size.py",
    "docs/test_readme.py",
    "graph/neo4j/test_store.py",
    "loaders/test_bulk.py",
    "graph/sharded/test_spark_derive.py",
    "graph/sharded/test_spark_work.py",
)
"""Those with servers of their own, and the README's demo: half a minute to minutes."""


def longest_first(items: Iterable[pytest.Item], processes: int) -> list[pytest.Item]:
    """The tests in an order of which each process gets an even part, in one piece.

    The first begins with Neo4j's of the contract, which one after another take longest;
    the second with those that share the other server; the third with `LONG`. The two of
    a server would wait for each other if more than one process had them.
    """
    queues: list[list[pytest.Item]] = [[], [], [], []]
    for item in items:
        queues[_queue(item)].append(item)
    *heads, rest = queues
    part = -(-sum(map(len, queues)) // processes)
    found: list[pytest.Item] = []
    for n, head in enumerate(heads):
        room = max(n * part - len(found), 0) if n < processes else 0
        found += [*rest[:room], *head]
        del rest[:room]
    return found + rest


def _queue(item: pytest.Item) -> int:
    path = item.path.relative_to(HERE) if item.path.is_relative_to(HERE) else Path()
    if "neo4j_server" in getattr(item, "fixturenames", ()) or "[neo4j" in item.name:
        return 0 if path.parts[:1] == ("contract",) else 1
    return 2 if path.as_posix() in LONG else 3
