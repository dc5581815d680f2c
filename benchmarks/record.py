"""What recording costs, and the requests after it.

    basketweave demo
    python benchmarks/record.py .basketweave/demo.lbug

On a copy of an embedded store, or with `--neo4j URI` on a server, which is changed: wall
and processor time (of this process) of one event and of 1,000 at once, new and late, of
what is taken away again, and of a request before and after each, by random users and items. The disk is waited for, so
look at processor times on a machine that does other things too.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import typer

from basketweave import Recommender, connect
from basketweave.errors import NotFoundError
from basketweave.graph import GraphStore

YEAR = 365 * 86_400


def main(uri: str, neo4j: bool = False, times: int = 50, seed: int = 0) -> None:
    """Print p50 and p95 of each, in milliseconds."""
    if neo4j:
        with connect(uri) as store:
            _measure(store, times, seed)
        return
    with tempfile.TemporaryDirectory(dir=Path(uri).parent) as folder:
        copy = shutil.copy(uri, Path(folder) / "copy.lbug")
        with connect(copy) as store:
            _measure(store, times, seed)


def _measure(store: GraphStore, times: int, seed: int) -> None:
    chance, client = random.Random(seed), Recommender(store)
    graph = store.export(kinds=[], relations=[])
    users, items = graph.ids["User"].to_list(), graph.ids["Item"].to_list()
    held = store.dataset()
    assert held is not None
    last = held.last_at or 0
    print(f"{len(users):,} users, {len(items):,} items")

    def event(**more: Any) -> dict[str, Any]:
        return {"user": chance.choice(users), "item": chance.choice(items), **more}

    def late() -> dict[str, Any]:
        return event(time=last - chance.randrange(YEAR // 2))

    def price() -> dict[str, Any]:
        return {"id": chance.choice(items), "price": chance.random() * 10}

    def ask() -> None:
        with suppress(NotFoundError):  # where nothing is derived, as of 10 M events
            client.recommend(chance.choice(users), known="any")

    for _ in range(5):
        ask()
    _told("a request", ask, times)
    _told("one event", lambda: store.record(event()), times)
    _told("the request after it", ask, times, lambda: store.record(event()))
    number = iter(range(10**6))

    def new_item() -> None:
        store.record(event(item=f"new-{seed}-{next(number)}"))

    new_item()
    ask()
    _told("the request after a new item", ask, times, new_item)
    _told("one late event", lambda: store.record(late()), times)

    def shown() -> list[dict[str, Any]]:
        answer, user = f"{seed} {next(number)}", chance.choice(users)
        own = {"answer": answer, "user": user}
        return [
            {**own, "item": item, "place": place}
            for place, item in enumerate(chance.sample(items, 10), 1)
        ]

    _told("what an answer of ten showed", lambda: store.record_shown(shown()), times)
    _told("the request after it", ask, times, lambda: store.record_shown(shown()))
    few = max(times // 5, 3)
    _told("1,000 events", lambda: store.record([event() for _ in range(1_000)]), few)
    once = "1,000 late events, the first"
    _told(once, lambda: store.record([late() for _ in range(1_000)]), 1)
    _told(
        "1,000 late events", lambda: store.record([late() for _ in range(1_000)]), few
    )
    _told("one price", lambda: store.upsert_items(price()), times)
    _told("the request after it", ask, times, lambda: store.upsert_items(price()))
    _told("a request", ask, times)
    _take_away(store, users, items, few, chance, ask)
    _told(
        "reading all after one event", store.dataset, few, lambda: store.record(event())
    )


def _take_away(
    store: GraphStore,
    users: list[str],
    items: list[str],
    times: int,
    chance: random.Random,
    ask: Callable[[], None],
) -> None:
    events = store.export(relations=[]).all_events()

    def stored(n: int) -> list[dict[str, Any]]:
        some = (chance.randrange(len(events)) for _ in range(n))
        return [
            {"user": users[events.user[k]], "item": items[events.item[k]]}
            | {"kind": "PURCHASED", "time": int(events.time[k])}
            for k in some
        ]

    takes: dict[str, Callable[[], object]] = {
        "taking one event away": lambda: store.delete_events(stored(1)),
        "100 events": lambda: store.delete_events(stored(100)),
        "an item": lambda: store.delete_items(chance.choice(items)),
        "a person": lambda: store.forget_user(chance.choice(users)),
    }
    for what, take in takes.items():
        _told(what, take, times)
        _told("the request after it", ask, times, take)


def _told(
    what: str,
    work: Callable[[], object],
    times: int,
    before: Callable[[], object] = lambda: None,
) -> None:
    spent = []
    for _ in range(times):
        before()
        wall, own = time.perf_counter(), time.process_time()
        with suppress(NotFoundError):
            work()
        spent.append((time.perf_counter() - wall, time.process_time() - own))
    wall_50, own_50 = np.percentile(spent, 50, axis=0) * 1000
    wall_95, own_95 = np.percentile(spent, 95, axis=0) * 1000
    print(
        f"{what:30} wall p50 {wall_50:8.2f} p95 {wall_95:8.2f}"
        f"   processor p50 {own_50:8.2f} p95 {own_95:8.2f}",
        flush=True,
    )


if __name__ == "__main__":
    typer.run(main)
