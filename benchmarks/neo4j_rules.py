"""Requests with rules against requests without, on Neo4j: p50, p95 and their ratio.

    basketweave neo4j start
    basketweave load complete_journey && basketweave derive
    basketweave train filter --publish && basketweave blend
    python benchmarks/neo4j_rules.py --uri bolt://127.0.0.1:7687 --requests 200

Random categories and brands (of 20 items or more, at any level), price ranges, and all
of them together with what is in stock and an exclusion, for random households; kinds of
request take turns, so that all meet the same noise. The Complete Journey has no prices:
--prices first writes some, and what is in stock, made up from the products' ids. The
password comes from NEO4J_PASSWORD. With --pid (of a server on this machine) the
processor time of client and server for a request is told too.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
from neo4j import GraphDatabase

from basketweave.graph.known import Known
from basketweave.graph.neo4j import Neo4jStore
from basketweave.serving.recommender import Recommender

KNOWN: tuple[Known, ...] = ("any", "new")
PRICES = """
MATCH (item:Item)
WITH item, toInteger(right(item.id, 3)) AS n
CALL (item, n) { SET item.price = n / 10.0, item.inStock = n % 4 > 0 }
IN TRANSACTIONS OF 10000 ROWS
"""
GROUPS = """
MATCH (item:Item)-[:IN_CATEGORY|MADE_BY]->()-[:SUBCATEGORY_OF*0..]->(one)
WITH one, count(DISTINCT item) AS items
WHERE items >= 20
RETURN one.id AS id, labels(one)[0] AS label ORDER BY label, id
"""
Where = dict[str, Any]


def rules(store: Neo4jStore, seed: int) -> dict[str, Callable[[], Where]]:
    """Kinds of request by name: each call makes up the rules of one."""
    draw = random.Random(seed)
    rows = store.run(GROUPS).rows()
    categories = [name for name, label in rows if label == "Category"]
    brands = [name for name, label in rows if label == "Brand"]

    def priced() -> Where:
        lowest = draw.uniform(0, 90)
        return {"price": (lowest, lowest + draw.choice([0.1, 1, 10, 50]))}

    def together() -> Where:
        return {
            "categories": [draw.choice(categories)],
            "not_categories": [draw.choice(categories)],
            "not_brands": [draw.choice(brands)],
            "exclude": ["995242"],
            "in_stock": True,
            **priced(),
        }

    return {
        "without": dict,
        "category": lambda: {"categories": [draw.choice(categories)]},
        "brand": lambda: {"brands": [draw.choice(brands)]},
        "price": priced,
        "together": together,
    }


def measure(store: Neo4jStore, requests: int, pid: int | None) -> None:
    """Ask in turns, print each kind's figures; the first fifth of them warms up."""
    ids = store.run("MATCH (u:User) RETURN u.id AS id ORDER BY id")["id"]
    users = random.Random(0).choices(ids.to_list(), k=requests)
    kinds, client = rules(store, 0), Recommender(store)
    used = _clock(pid)
    took: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for n, user in enumerate(users):
        for known in KNOWN:
            for name, made in kinds.items():
                where, start = made(), used()
                client.recommend(user, where=where, known=known)
                if n >= requests // 5:
                    spent = [b - a for a, b in zip(start, used(), strict=True)]
                    took.setdefault((known, name), []).append((spent[0], spent[1]))
    for known in KNOWN:
        base = np.percentile([wall for wall, _ in took[known, "without"]], 95)
        for name in kinds:
            wall, cpu = np.array(took[known, name]).T * 1e3
            p50, p95 = np.percentile(wall, [50, 95])
            print(
                f"{known:4} {name:9} p50 {p50:6.1f} ms, p95 {p95:6.1f} ms, "
                f"{p95 / (base * 1e3):4.2f} of p95 without; processors {cpu.mean():6.1f} ms"
            )


def _clock(pid: int | None) -> Callable[[], list[float]]:
    """Seconds on the clock, and of the processors for client and server."""
    server = psutil.Process(pid) if pid else None

    def used() -> list[float]:
        busy = sum(server.cpu_times()[:2]) if server else 0.0
        return [time.perf_counter(), time.process_time() + busy]

    return used


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--uri", default=os.environ.get("NEO4J_URI", "bolt://localhost")
    )
    parser.add_argument("--user", default=os.environ.get("NEO4J_USERNAME", "neo4j"))
    parser.add_argument("--requests", type=int, default=200, help="of each kind")
    parser.add_argument("--prices", action="store_true", help="write made-up prices")
    parser.add_argument("--pid", type=int, help="the server's, to tell its cpu time")
    given = parser.parse_args()
    login = (given.user, os.environ["NEO4J_PASSWORD"])
    if given.prices:
        with (
            GraphDatabase.driver(given.uri, auth=login) as driver,
            driver.session() as session,
        ):
            session.run(PRICES).consume()
    with Neo4jStore(given.uri, user=login[0], password=login[1]) as store:
        measure(store, given.requests, given.pid)


if __name__ == "__main__":
    main()
