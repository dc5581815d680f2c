"""The Neo4j store against the plain way, in one run: load, derive, export, publish.

    basketweave neo4j start
    python benchmarks/neo4j_store.py --uri bolt://127.0.0.1:7687 --yes --json neo4j.json
    python benchmarks/neo4j_store.py --uri bolt://127.0.0.1:7687 --recommend 200

The first command EMPTIES THE DATABASE, so it asks for --yes. The plain way is what the
driver's manual leads to: 20,000 maps a batch in `UNWIND $rows`, nodes matched by their
ids, one session, one row an edge back. The second only reads: it times requests for so
many random users through the client, over what is loaded and published there. The
password comes from NEO4J_PASSWORD.

With --pid (of a server on this machine) processor seconds of client and server are
told too: on a busy machine they are steadier, but do not show two sessions at once.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import polars as pl
import psutil
from neo4j import Driver, GraphDatabase

from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.derive import derive, derived
from basketweave.graph.known import Known
from basketweave.graph.neo4j import Neo4jStore
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.serving.recommender import Recommender

ROWS = 20_000
KNOWN: tuple[Known, ...] = ("any", "new")
DIM = 64
NODES: dict[str, LiteralString] = {
    "User": "UNWIND $rows AS row CREATE (n:User) SET n = row",
    "Item": "UNWIND $rows AS row CREATE (n:Item) SET n = row",
    "Category": "UNWIND $rows AS row CREATE (n:Category) SET n = row",
    "Brand": "UNWIND $rows AS row CREATE (n:Brand) SET n = row",
}
EDGES: dict[str, LiteralString] = {
    "IN_CATEGORY": """
        UNWIND $rows AS row
        MATCH (a:Item {id: row.item})
        MATCH (b:Category {id: row.category})
        CREATE (a)-[:IN_CATEGORY]->(b)""",
    "SUBCATEGORY_OF": """
        UNWIND $rows AS row
        MATCH (a:Category {id: row.id})
        MATCH (b:Category {id: row.parent})
        CREATE (a)-[:SUBCATEGORY_OF]->(b)""",
    "MADE_BY": """
        UNWIND $rows AS row
        MATCH (a:Item {id: row.id})
        MATCH (b:Brand {id: row.brand})
        CREATE (a)-[:MADE_BY]->(b)""",
    "PURCHASED": """
        UNWIND $rows AS row
        MATCH (a:User {id: row.user})
        MATCH (b:Item {id: row.item})
        CREATE (a)-[:PURCHASED {
          count: row.count, firstAt: row.firstAt, lastAt: row.lastAt,
          times: row.times, values: row.values
        }]->(b)""",
}
DERIVED: LiteralString = """
    UNWIND $rows AS row
    MATCH (a:Item {id: row.src})
    MATCH (b:Item {id: row.dst})
    CREATE (a)-[:PLAIN {support: row.support, weight: row.weight}]->(b)
    """
EXPORT: LiteralString = """
    MATCH (u:User)-[r:PURCHASED]->(i:Item)
    RETURN u.id AS user, i.id AS item, r.count AS count,
      r.firstAt AS firstAt, r.lastAt AS lastAt, r.times AS times, r.values AS values
    """


def plain_load(driver: Driver, tables: Tables) -> None:
    """One session, 20,000 rows a batch, CREATE (MERGE would be slower)."""
    for label, frame in _nodes(tables).items():
        _write(driver, NODES[label], frame)
    for kind, frame in _edges(tables).items():
        _write(driver, EDGES[kind], frame)


def plain_edges(driver: Driver, store: Neo4jStore) -> None:
    """Relationships between items, once they are computed, one row each."""
    graph = store.export(relations=[])
    ids = graph.ids["Item"]
    for edges in derived(graph).edges.values():
        frame = pl.DataFrame(
            {"src": ids[edges.index[0]], "dst": ids[edges.index[1]], **edges.columns}
        )
        _write(driver, DERIVED, frame)


def plain_export(driver: Driver) -> None:
    """One row a relationship."""
    driver.execute_query(EXPORT, routing_="r")


def plain_publish(driver: Driver, vectors: Vectors) -> None:
    """The properties alone, then the vector index: what any publishing must cost."""
    for label, ids, rows in (
        ("User", vectors.users, vectors.user_vectors),
        ("Item", vectors.items, vectors.item_vectors),
    ):
        statement = (
            f"UNWIND $rows AS row MATCH (n:{label} {{id: row.id}}) SET n.plain = row.v"
        )
        given = [{"id": i, "v": v} for i, v in zip(ids, rows.tolist(), strict=True)]
        for start in range(0, len(given), 5_000):
            driver.execute_query(statement, rows=given[start : start + 5_000])  # type: ignore[arg-type,unused-ignore]
    driver.execute_query(
        "CREATE VECTOR INDEX plain FOR (n:Item) ON (n.plain) OPTIONS {indexConfig: {"
        f"`vector.dimensions`: {DIM}, `vector.similarity_function`: 'cosine', "
        "`vector.quantization.enabled`: false}}"
    )
    driver.execute_query("CALL db.awaitIndexes(3600)")


def recommend(store: Neo4jStore, users: int, k: int = 10) -> None:
    """Milliseconds of single requests for random users, warm, parts and paths too."""
    ids = store.run("MATCH (u:User) RETURN u.id AS id ORDER BY id")["id"]
    some, client = ids.sample(users, seed=0).to_list(), Recommender(store)
    warm = some[: users // 2] + some
    for known in KNOWN:
        took = [_milliseconds(client.recommend, u, k, known=known) for u in warm]
        _told(f"recommend {known}", took[-users:])
    first = {user: client.recommend(user, 1, known="any") for user in some}
    asked = [(user, found[0].item) for user, found in first.items() if found]
    took = [_milliseconds(client.explain, *one) for one in asked[:9] + asked]
    _told("explain", took[9:])


def _milliseconds(work: Callable[..., Any], *given: Any, **named: Any) -> float:
    start = time.perf_counter()
    work(*given, **named)
    return (time.perf_counter() - start) * 1e3


def _told(what: str, took: list[float]) -> None:
    p50, p95 = np.percentile(took, [50, 95])
    print(
        f"{what:15} p50 {p50:.1f} ms, p95 {p95:.1f} ms, {len(took)} asked", flush=True
    )


def main() -> None:
    given = _arguments()
    login = (given.user, os.environ["NEO4J_PASSWORD"])
    if given.recommend:
        with Neo4jStore(given.uri, user=login[0], password=login[1]) as store:
            recommend(store, given.recommend)
        return
    tables = load_tables("complete_journey")
    server = psutil.Process(given.pid) if given.pid else None
    seconds: dict[str, list[tuple[float, float]]] = {}
    with (
        GraphDatabase.driver(given.uri, auth=login) as driver,
        Neo4jStore(given.uri, user=login[0], password=login[1]) as store,
    ):
        for _ in range(given.rounds):
            for name, work in _round(driver, store, tables):
                took = _timed(work, server)
                seconds.setdefault(name, []).append(took)
                print(f"{name:16} {took[0]:7.2f} s {took[1]:7.2f} cpu s", flush=True)
    _report(seconds, given.json)


def _round(
    driver: Driver, store: Neo4jStore, tables: Tables
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each thing both ways, next to each other, so that both meet the same noise."""
    _wipe(driver)
    store.ensure_schema()
    yield "load plain", lambda: plain_load(driver, tables)
    yield "export plain", lambda: plain_export(driver)
    yield "derive plain", lambda: plain_edges(driver, store)
    _wipe(driver)
    yield "load ours", lambda: store.load(tables)
    yield "load again ours", lambda: store.load(tables)
    yield "export ours", lambda: store.export(relations=[])
    yield "derive ours", lambda: derive(store)
    graph = store.export()
    random = np.random.default_rng(0)
    users, items = graph.ids["User"], graph.ids["Item"]
    rows = (unit(random.normal(size=(len(ids), DIM))) for ids in (users, items))
    vectors = Vectors(ModelCard("gat"), users, items, *rows)
    yield "publish plain", lambda: plain_publish(driver, vectors)
    driver.execute_query("DROP INDEX plain")
    yield "publish ours", lambda: store.publish(vectors, keep=1)
    yield "vectors ours", lambda: store.vectors("gat")
    yield "publish again", lambda: store.publish(vectors, keep=1)


def _timed(
    work: Callable[[], Any], server: psutil.Process | None
) -> tuple[float, float]:
    """Seconds on the clock, and of the processors for client and server."""

    def used() -> float:
        times = [time.process_time()]
        if server:
            times += server.cpu_times()[:2]
        return sum(times)

    clock, cpu = time.perf_counter(), used()
    work()
    return time.perf_counter() - clock, used() - cpu


def _report(seconds: dict[str, list[tuple[float, float]]], path: Path | None) -> None:
    best = {name: np.min(found, axis=0) for name, found in seconds.items()}
    for way in ("plain", "ours"):
        best[f"load+derive {way}"] = best[f"load {way}"] + best[f"derive {way}"]
    ratios = {
        what: list(best[f"{what} ours"] / best[f"{what} plain"])
        for what in ("load", "load+derive", "export", "publish")
    }
    for what, (clock, cpu) in ratios.items():
        print(f"{what}: {clock:.3f} of the plain way's time, {cpu:.3f} of its cpu time")
    if path:
        found = {"seconds": seconds, "ratios": ratios}
        path.write_text(json.dumps(found, indent=2), encoding="utf-8")


def _nodes(tables: Tables) -> dict[str, pl.DataFrame]:
    brands = tables.items.select(id="brand").drop_nulls().unique()
    return {
        "User": tables.users,
        "Item": tables.items.drop("brand"),
        "Category": tables.categories.drop("parent"),
        "Brand": brands,
    }


def _edges(tables: Tables) -> dict[str, pl.DataFrame]:
    pairs = tables.events.unique(["user", "item", "time"]).sort("user", "time")
    lists = pairs.group_by("user", "item", maintain_order=True).agg(
        count=pl.len(),
        firstAt=pl.col("time").first(),
        lastAt=pl.col("time").last(),
        times=pl.col("time"),
        values=pl.col("value"),
    )
    return {
        "IN_CATEGORY": tables.in_category,
        "SUBCATEGORY_OF": tables.categories["id", "parent"].drop_nulls(),
        "MADE_BY": tables.items["id", "brand"].drop_nulls(),
        "PURCHASED": lists,
    }


def _write(driver: Driver, statement: LiteralString, frame: pl.DataFrame) -> None:
    for part in frame.iter_slices(ROWS):
        driver.execute_query(statement, rows=part.to_dicts())


def _wipe(driver: Driver) -> None:
    with driver.session() as session:
        for (name,) in session.run("SHOW VECTOR INDEXES YIELD name RETURN name"):
            driver.execute_query(f"DROP INDEX `{name}`")
        for statement in (
            "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS",
            "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS",
        ):
            session.run(statement).consume()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--uri", default=os.environ.get("NEO4J_URI", "bolt://localhost")
    )
    parser.add_argument("--user", default=os.environ.get("NEO4J_USERNAME", "neo4j"))
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many")
    parser.add_argument("--pid", type=int, help="the server's, to tell its cpu time")
    parser.add_argument("--json", type=Path, help="write the seconds and ratios here")
    parser.add_argument("--recommend", type=int, help="time requests for so many users")
    parser.add_argument("--yes", action="store_true", help="yes, empty the database")
    given = parser.parse_args()
    if not given.yes and not given.recommend:
        parser.error(f"this empties the database at {given.uri}: add --yes")
    return given


if __name__ == "__main__":
    main()
