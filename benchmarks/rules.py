"""What rules cost: processor time of requests with and without them, on an embedded store.

    basketweave demo
    python benchmarks/rules.py .basketweave/demo.lbug

Each of `--requests` random users is asked for once without rules, and once under rules
drawn at random: a category with 20 items or more, a brand, a price range if items have
prices, exclusions, at most two of a brand, and all of these together.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
import typer

from basketweave import Recommender, connect
from basketweave.graph import GraphStore

Rules = Callable[[], Mapping[str, Any]]

CATEGORIES = """
MATCH (item:Item)-[:IN_CATEGORY]->(category:Category)
RETURN category.id AS id, count(*) AS n
"""
BRANDS = (
    "MATCH (item:Item)-[:MADE_BY]->(brand:Brand) RETURN brand.id AS id, count(*) AS n"
)


def main(uri: str, requests: int = 200, seed: int = 0) -> None:
    """Print p50 and p95 of each kind of rule, and how many lists were short of ten."""
    draw = random.Random(seed)
    with connect(uri, read_only=True) as store:
        users = sorted(store.run("MATCH (user:User) RETURN user.id AS id")["id"])
        some = draw.choices(users, k=requests)
        client = Recommender(store)
        client.recommend(some[0], where={"per_brand": 1, "per_category": 1})  # warm
        print(
            f"| rules | p50 ms | p95 ms | p95 of none | short of 10 |\n|{' --- |' * 5}"
        )
        base = 0.0
        for name, rules in kinds(store, draw).items():
            spent, short = measured(client, some, rules)
            p50, p95 = np.percentile(spent, [50, 95]) * 1000
            base = base or p95
            print(f"| {name} | {p50:.1f} | {p95:.1f} | {p95 / base:.2f} | {short} |")


def kinds(store: GraphStore, draw: random.Random) -> dict[str, Rules]:
    """Each kind of rule as a function that draws one."""
    categories = _large(store.run(CATEGORIES))
    brands = _large(store.run(BRANDS))
    items = sorted(store.run("MATCH (item:Item) RETURN item.id AS id")["id"])
    found: dict[str, Rules] = {
        "none": dict,
        "a category": lambda: {"categories": [draw.choice(categories)]},
        "not a category": lambda: {"not_categories": [draw.choice(categories)]},
        "a brand": lambda: {"brands": [draw.choice(brands)]},
        "50 exclusions": lambda: {"exclude": draw.sample(items, 50)},
        "two of a brand": lambda: {"per_brand": 2},
        "one of a category": lambda: {"per_category": 1},
        "several": lambda: {
            "not_categories": [draw.choice(categories)],
            "not_brands": [draw.choice(brands)],
            "exclude": draw.sample(items, 50),
            "per_brand": 5,
            "per_category": 3,
        },
    }
    if _priced(store):
        found["a price range"] = lambda: {"price": (low := draw.uniform(0, 9), low + 3)}
    return found


def measured(
    client: Recommender, users: list[str], rules: Rules
) -> tuple[list[float], int]:
    """Seconds of processor time of each request, and how many gave fewer than ten."""
    spent, short = [], 0
    for user in users:
        where = rules()
        start = time.process_time()
        found = client.recommend(user, where=where)
        spent.append(time.process_time() - start)
        short += len(found) < 10
    return spent, short


def _large(table: pl.DataFrame) -> list[str]:
    return sorted(table.filter(pl.col("n") >= 20)["id"])


def _priced(store: GraphStore) -> bool:
    items = store.export(kinds=[], relations=[], items=["price"]).items
    return items is not None and items["price"].null_count() < len(items)


if __name__ == "__main__":
    typer.run(main)
