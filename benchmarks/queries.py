"""PROFILE of each question on a loaded Neo4j: docs/queries.md's table.

    python benchmarks/queries.py --store bolt://localhost:7687 > table.md

Database hits and the indexes in the plan come from one PROFILE, the time is the least of
several warm runs: what else the machine does only adds to it.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Iterator
from typing import Any

from neo4j import GraphDatabase

from basketweave.queries.question import Question, questions

RUNS = 5
SEEKS = re.compile(r"Seek|queryNodes|IndexScan|CountFromCountStore")


def operators(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each operator of a plan."""
    yield plan
    for child in plan.get("children", []):
        yield from operators(child)


def row(driver: Any, asked: Question) -> str:
    """A line of the table."""
    summary = driver.execute_query(
        asked.statement.replace("CYPHER 5", "CYPHER 5 PROFILE", 1), asked.defaults
    ).summary
    found = list(operators(summary.profile))
    hits = sum(one.get("dbHits", 0) for one in found)
    kinds = [one["operatorType"].partition("@")[0] for one in found]
    scans = sorted(
        {
            one["args"]["Details"]
            for one in found
            if one["operatorType"].startswith("NodeByLabelScan")
        }
    )
    used = sum(bool(SEEKS.search(kind)) for kind in kinds)
    best = min(warm(driver, asked) for _ in range(RUNS))
    scanned = ", ".join(scans) or "–"
    return f"| `{asked.name}` | {hits:,} | {1000 * best:.0f} | {used} | {scanned} |"


def warm(driver: Any, asked: Question) -> float:
    """The seconds of one run."""
    began = time.perf_counter()
    driver.execute_query(asked.statement, asked.defaults)
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="bolt://localhost:7687")
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    auth = ("neo4j", os.environ["NEO4J_PASSWORD"])
    print("| question | database hits | ms warm | index operators | labels scanned |")
    print("| --- | ---: | ---: | ---: | --- |")
    with GraphDatabase.driver(
        given.store, auth=auth, notifications_min_severity="OFF"
    ) as driver:
        for name, asked in questions().items():
            if not given.only or name in given.only:
                print(row(driver, asked), flush=True)


if __name__ == "__main__":
    main()
