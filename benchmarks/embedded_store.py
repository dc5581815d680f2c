"""The embedded store on the Complete Journey: load, derive, export, publish, recommend.

    python benchmarks/embedded_store.py [--naive]

Prints seconds side by side with what a user would otherwise do; `--naive` adds the
naive first SET of the vectors, which takes a minute or two.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ladybug
import numpy as np
import polars as pl
import pyarrow as pa

from basketweave import Recommender, connect
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.derive import derive
from basketweave.graph.store import GraphStore
from basketweave.loaders import load_tables

seconds: dict[str, float] = {}


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[what] = time.perf_counter() - started
    print(f"{what:44s} {seconds[what]:8.2f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--naive", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.lbug"
        with connect(path) as store:
            measure(store)
        if asked.naive:
            naive_publish(path)
            ratio = seconds["publish"] / seconds["naive first SET of the vectors"]
            print(f"publish / naive first SET: {ratio:.3f}")


def measure(store: GraphStore) -> None:
    with timed("load + derive"):
        with timed("  reading"):
            tables = load_tables("complete_journey")
        with timed("  load"):
            store.load(tables)
        with timed("  derive"):
            derive(store)
    with timed("export of all events"):
        graph = store.export()
    with timed("publish"):
        store.publish(_random(graph.ids["User"], graph.ids["Item"]))
    client = Recommender(store)
    users = random.Random(0).sample(graph.ids["User"].to_list(), 200)
    client.recommend(users[0])
    for known in ("new", "any"):
        taken = []
        for user in users:
            started = time.perf_counter()
            client.recommend(user, k=10, known=known)
            taken.append(time.perf_counter() - started)
        p50, p95 = np.percentile(taken, [50, 95]) * 1000
        print(f"recommend, known={known:26s} p50 {p50:.1f} ms  p95 {p95:.1f} ms")
    with timed("recommend_all"):
        client.recommend_all(10, known="any")
    each = float(np.mean(taken)) * graph.n("User")
    print(f"recommend_all / one by one: {seconds['recommend_all'] / each:.2f}")


def naive_publish(path: Path) -> None:
    """What one would write first: a vector column, and SET on every item."""
    database = ladybug.Database(str(path))
    connection = ladybug.Connection(database)
    connection.execute("ALTER TABLE Item ADD naive FLOAT[64]")
    found = connection.execute("MATCH (i:Item) RETURN i.id AS id")
    assert isinstance(found, ladybug.QueryResult)  # one statement, one result
    frame = found.get_as_arrow()
    rows = np.random.default_rng(0).standard_normal((frame.num_rows, 64), np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 64)
    table = pa.table({"id": frame["id"], "v": vectors})
    with timed("naive first SET of the vectors"):
        connection.execute(
            "LOAD FROM $rows MATCH (i:Item {id: id}) SET i.naive = v", {"rows": table}
        )


def _random(users: pl.Series, items: pl.Series) -> Vectors:
    rng = np.random.default_rng(0)
    of_users, of_items = (
        unit(rng.standard_normal((len(ids), 64))) for ids in (users, items)
    )
    return Vectors(ModelCard("random"), users, items, of_users, of_items)


if __name__ == "__main__":
    main()
