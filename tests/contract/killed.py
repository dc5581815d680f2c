"""A process that does one piece of work on a store and kills itself in the middle.

Run with a store's uri and login as JSON. For each line `WORK POINT` on stdin it forks
a child that does WORK and kills itself, without any clean-up, right before the
POINT-th statement goes to the database; it answers `killed` or `done`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import ladybug
import neo4j
import numpy as np
import polars as pl

from basketweave.graph import GraphStore, ModelCard, Vectors, connect, unit
from basketweave.graph.neo4j.staging import flip
from basketweave.graph.tables import Tables

USERS = [f"u{n}" for n in range(40)]
ITEMS = [f"i{n}" for n in range(30)]


def tables() -> Tables:
    """Forty users with thirty events each, five items for each of six brands."""
    random = np.random.default_rng(0)
    events = pl.DataFrame(
        {
            "user": np.repeat(USERS, 30),
            "item": random.choice(ITEMS, 1_200),
            "time": np.arange(1_200),
        }
    ).with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(None, pl.Float64))
    items = pl.DataFrame({"id": ITEMS, "title": ITEMS})
    return Tables(
        name="random",
        users=pl.DataFrame({"id": USERS}),
        items=items.with_columns(brand="b" + pl.Series(np.arange(30) % 6).cast(str)),
        events=events,
    )


def vectors(seed: int) -> Vectors:
    """Random unit vectors for all of them."""
    random = np.random.default_rng(seed)
    rows = (unit(random.normal(size=(len(ids), 8))) for ids in (USERS, ITEMS))
    card = ModelCard("gat", seed=seed)
    return Vectors(card, pl.Series(USERS), pl.Series(ITEMS), *rows)


def edges(weight: float) -> pl.DataFrame:
    """A ring of items."""
    ring = {"src": ITEMS, "dst": ITEMS[1:] + ITEMS[:1]}
    return pl.DataFrame(ring).with_columns(support=pl.lit(1), weight=pl.lit(weight))


def derived(store: GraphStore, weight: float) -> None:
    """Rings of both kinds, and of numbers on items."""
    ring = edges(weight)
    kinds = {"CO_PURCHASED": ring.with_columns(lift=1.0), "FOLLOWED_BY": ring}
    scores = pl.DataFrame({"id": ITEMS}).with_columns(popularity=pl.lit(weight))
    parts = {kind: [given.lazy()] for kind, given in kinds.items()}
    store.write_derived(scores, parts, as_of=None)


WORK: dict[str, Callable[[GraphStore], object]] = {
    "load": lambda store: store.load(tables()),
    "publish": lambda store: store.publish(vectors(2)),
    "derive": lambda store: derived(store, 2.0),
}
STATEMENTS = [
    (ladybug.Connection, "execute"),
    (neo4j.Transaction, "run"),
    (neo4j.ManagedTransaction, "run"),
    (neo4j.Transaction, "commit"),
    (neo4j.Session, "run"),
]


def main() -> None:
    uri, login = json.loads(sys.argv[1])
    flip.AT_ONCE = 0  # as if there were too many for one transaction
    for line in sys.stdin:
        work, point = line.split()
        child = os.fork()
        if child == 0:
            with connect(uri, **login) as store:
                _die_before(int(point))
                WORK[work](store)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        how = {signal.SIGKILL: "killed", 0: "done"}
        print(how.get(os.WTERMSIG(status) or status, f"failed: {status}"), flush=True)


def _die_before(point: int) -> None:
    left = point

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(*args, **kwargs)

        return call

    for owner, name in STATEMENTS:
        setattr(owner, name, counted(getattr(owner, name)))


if __name__ == "__main__":
    main()
