"""An embedded store of generated events, to measure what one of that size costs.

    python benchmarks/generated_store.py large.lbug [--events 10000000]

12 events a user and 60 an item, popular items far more often; derived, a graph filter's
vectors and a blend published. 10,000,000 events take some minutes and 5 GB of memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import typer

from basketweave import connect
from basketweave.gnn.graph_filter import GraphFilterConfig
from basketweave.graph.derive import derive
from basketweave.graph.store import GraphStore
from basketweave.graph.tables import Tables
from basketweave.graph.vectors import ModelCard
from basketweave.training.loop import train

YEAR = 31_536_000
WEIGHTS = {
    "any": {"repeat": 0.832, "graph": 0.056, "popularity": 0.056, "gnn": 0.056},
    "new": {"graph": 0.153, "popularity": 0.217, "gnn": 0.631},
}
"""As learned on the Complete Journey."""


def main(path: Path, events: int = 10_000_000, seed: int = 0) -> None:
    """Load, derive and publish, and print the processor time of each step."""
    with connect(path) as store:
        with timed("load"):
            store.load(generated(events, seed))
        with timed("derive"):
            derive(store)
        with timed("train and publish a graph filter"):
            store.publish(train(store.export(), GraphFilterConfig()).vectors)
        publish(store)


def generated(n: int, seed: int) -> Tables:
    """`n` events over two years; half of the items have a fifth of them."""
    rng = np.random.default_rng(seed)
    users, items = n // 12, n // 60
    events = pl.DataFrame(
        {
            "user": rng.integers(0, users, n),
            "item": (rng.random(n) ** 2 * items).astype(np.int64),
            "time": np.sort(rng.integers(0, 2 * YEAR, n)),
        }
    )
    events = events.with_columns(
        pl.col("user", "item").cast(pl.String),
        kind=pl.lit("PURCHASED"),
        value=pl.lit(None, pl.Float64),
    )
    ids = events["item"].unique().sort()
    return Tables(
        "generated",
        pl.DataFrame({"id": events["user"].unique().sort()}),
        pl.DataFrame({"id": ids, "title": "Item " + ids}),
        events,
        user_ids="int",
        item_ids="int",
    )


def publish(store: GraphStore) -> None:
    """The weights of a blend, for both kinds of request."""
    for known, weights in WEIGHTS.items():
        store.publish_weights(ModelCard(f"blend_{known}", kind="blend"), weights)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the seconds of processor time that a step took."""
    start = time.process_time()
    yield
    print(f"{what:40s} {time.process_time() - start:8.1f} s", flush=True)


if __name__ == "__main__":
    typer.run(main)
