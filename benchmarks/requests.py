"""What a request costs on the embedded store, and what it costs to open one.

    basketweave demo
    python benchmarks/requests.py .basketweave/demo.lbug

Processor time of each of `--requests` random users' requests (k = 10, parts and paths
included), one thread, in turns with what one would otherwise pick: `implicit`'s
`recommend` of the same user, once from the same published vectors and the whole
catalogue, once from an item-item model of the same purchases. Then, in processes of
their own: opening the store up to its first answer, and opening those models.
"""

from __future__ import annotations

import os

for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # before any of them is loaded

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import typer
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender

from basketweave import Recommender, connect
from basketweave.graph import GraphStore, Subgraph, Vectors
from basketweave.graph.vectors import rows_for, serving

FIRST = """
import time
{imports}
start = time.process_time()
{first}
print(time.process_time() - start)
"""
OURS = "from basketweave import Recommender, connect"
OPEN = "Recommender(connect({uri!r}, read_only=True)).recommend({user!r}, known='any')"
THEIRS = """
from implicit.cpu.als import AlternatingLeastSquares
import scipy.sparse as sp
"""
LOAD = """
bought = sp.load_npz({folder!r} + "/bought.npz")
model = AlternatingLeastSquares.load({folder!r} + "/vectors.npz")
model.recommend(0, bought[0])
"""


def main(uri: str, requests: int = 200, seed: int = 0, opened: int = 5) -> None:
    """Print p50 and p95 of each kind of request, and the median cost of opening."""
    with connect(uri, read_only=True) as store:
        graph = store.export(kinds=["PURCHASED"], relations=[])
        bought = purchases(graph)
        row = {user: n for n, user in enumerate(graph.ids["User"])}
        some = random.Random(seed).choices(sorted(row), k=requests)
        vectors = model_of(store, graph)
        client = Recommender(store)
        neighbours = CosineRecommender(K=100, num_threads=1)
        neighbours.fit(bought, show_progress=False)

        def theirs(model: Any) -> Callable[[str], object]:
            return lambda user: model.recommend(row[user], bought[row[user]], N=10)

        spent = measured(
            {
                "implicit, vectors": theirs(vectors),
                "implicit, item-item": theirs(neighbours),
                "known: new": lambda user: client.recommend(user),
                "known: any": lambda user: client.recommend(user, known="any"),
            },
            some,
        )
    show(spent)
    opening(uri, some[0], vectors, bought, opened)


def purchases(graph: Subgraph) -> sp.csr_matrix:
    """How often each user bought each item (U, I)."""
    events = graph.all_events()
    ones = np.ones(len(events.user), np.float32)
    return sp.coo_matrix((ones, (events.user, events.item)), shape=graph.shape).tocsr()


def model_of(store: GraphStore, graph: Subgraph) -> AlternatingLeastSquares:
    """The first vectors that serve, as a model of `implicit`."""
    card = next(iter(serving(store.models()).values())).card
    found: Vectors = store.vectors(card.name)
    model = AlternatingLeastSquares(factors=found.dim, num_threads=1)
    model.user_factors = rows_for(graph.ids["User"], found.users, found.user_vectors)
    model.item_factors = rows_for(graph.ids["Item"], found.items, found.item_vectors)
    return model


def measured(
    kinds: dict[str, Callable[[str], object]], users: list[str]
) -> dict[str, list[float]]:
    """Seconds of processor time of each request, the kinds in turns."""
    spent: dict[str, list[float]] = {kind: [] for kind in kinds}
    for n, user in enumerate([*users[:10], *users]):
        for kind, ask in kinds.items():
            start = time.process_time()
            ask(user)
            if n >= 10:  # the first ones warm up
                spent[kind].append(time.process_time() - start)
    return spent


def show(spent: dict[str, list[float]]) -> None:
    """A row each: p50, p95, and the p50 against that of the first."""
    print(f"| one request | p50 ms | p95 ms | p50 of implicit |\n|{' --- |' * 4}")
    base = 0.0
    for kind, seconds in spent.items():
        p50, p95 = np.percentile(seconds, [50, 95]) * 1000
        base = base or p50
        print(f"| {kind} | {p50:.2f} | {p95:.2f} | {p50 / base:.2f} |")


def opening(
    uri: str,
    user: str,
    vectors: AlternatingLeastSquares,
    bought: sp.csr_matrix,
    times: int,
) -> None:
    """Print the processor time of opening, up to the first answer, in new processes."""
    with tempfile.TemporaryDirectory() as folder:
        vectors.save(str(Path(folder) / "vectors.npz"))
        sp.save_npz(Path(folder) / "bought.npz", bought, compressed=False)
        ours = FIRST.format(imports=OURS, first=OPEN.format(uri=uri, user=user))
        theirs = FIRST.format(imports=THEIRS, first=LOAD.format(folder=folder))
        found = [(_seconds(ours), _seconds(theirs)) for _ in range(times)]
    open_ours, open_theirs = np.median(found, axis=0)
    print(f"opening, up to the first answer: {open_ours:.2f} s")
    print(f"implicit, from what it saved:    {open_theirs:.2f} s")


def _seconds(script: str) -> float:
    run = [sys.executable, "-c", script]
    return float(subprocess.run(run, check=True, capture_output=True).stdout)


if __name__ == "__main__":
    typer.run(main)
