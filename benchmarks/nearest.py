"""The items nearest to a person: all of them looked at, against those of near cells.

    python -m benchmarks.nearest [--items 1e6] [--d 64] [--people 100] [--least 30000]
                                 [--csv docs/scale.csv]

Vectors in themes, and people who like items of three themes. Prints what cells cost to
make and to keep, and for several numbers of vectors looked at: milliseconds of processor
time a search, recall of the first 100, and how many of the blend's first 10 are those
that it gives with all items looked at. One thread: OPENBLAS_NUM_THREADS=1. With --csv it
puts what cells and 1,000 searches cost into the table that `benchmarks/growth.py` draws.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import typer

from basketweave.blend import space as spaces
from basketweave.blend.candidates import Offer
from basketweave.blend.rows import Rows
from basketweave.blend.score import best, summed, weighed
from basketweave.blend.settings import BlendSettings
from basketweave.blend.sources import Sources, by_popularity
from basketweave.blend.space import ItemVectors, Space
from basketweave.graph.cells import Cells
from basketweave.graph.centres import centres, nearest_centre
from basketweave.graph.embedded.in_memory.kept_cells import EXACT_ITEMS
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray
from basketweave.graph.vectors import unit
from benchmarks.costs import Costs

THEMES = 2_000
EVENTS = 60  # of an item, as `generate` has it
FIRST = 100
BLEND = {"graph": 0.4, "gnn": 0.4, "popularity": 0.2}


def main(
    items: float = 1e6,
    d: int = 64,
    people: int = 100,
    least: int = 40_000,
    csv: Path | None = None,
) -> None:
    """Print a line for looking at all items, and one for each number looked at."""
    n = round(items)
    rows, users = made(n, d, people)
    if csv is not None:
        _into(csv, rows, users)
        return
    began = time.process_time()
    middle = centres(rows)
    cells = Cells.of(middle, nearest_centre(middle, rows), np.arange(n), rows)
    spent = time.process_time() - began
    sizes = (cells.rows, cells.place, cells.centres, cells.ends)
    print(f"{n:,} x {d}: {len(middle):,} cells in {spent:.1f} s of processor time")
    print(f"{sum(one.nbytes for one in sizes) / 1e6:.0f} MB, ", end="")
    whole = Space(users, ItemVectors(rows))
    print(f"without cells {whole.items.across.nbytes / 1e6:.0f} MB")
    found = sources(whole)
    wanted, cost = [*each(whole, people)], blended(found, people)
    print(line("all", wanted, wanted, cost, cost))
    some = Space(users, ItemVectors(rows, cells))
    for looked in (least // 2, least, least * 2):
        vars(spaces)["LOOKED_AT"] = looked
        near = replace(found, spaces={"gnn": some})
        print(
            line(
                f"{looked:,}",
                [*each(some, people)],
                wanted,
                blended(near, people),
                cost,
            )
        )


def _into(csv: Path, rows: FloatArray, users: FloatArray) -> None:
    """Put into the table what cells cost to make, and what 1,000 searches cost."""
    costs, space = Costs(), Space(users, ItemVectors(rows))
    if len(rows) > EXACT_ITEMS:
        with costs.measured("cells of item vectors"):
            middle = centres(rows)
            cell = nearest_centre(middle, rows)
            cells = Cells.of(middle, cell, np.arange(len(rows)), rows)
        space = Space(users, ItemVectors(rows, cells))
    [*each(space, 1)]
    with costs.measured("1,000 searches of the nearest"):
        for _ in range(1_000 // len(users)):
            [*each(space, len(users))]
    costs.into(csv, round(len(rows) * EVENTS, -3))


Timed = tuple[float, IntArray]


def each(space: Space, people: int) -> Iterator[Timed]:
    """The milliseconds of each person's search, and the positions that it found."""
    n = len(space.items.rows)
    offered, order = np.ones(n, bool), np.arange(n)
    for user in np.arange(people):
        yield timed(partial(first, space, int(user), offered, order))


def first(space: Space, user: int, offered: BoolArray, order: IntArray) -> IntArray:
    """The first positions of one person."""
    return space.search(np.array([user]), None).first(0, offered, FIRST, order)


def blended(found: Sources, people: int) -> list[Timed]:
    """The milliseconds of each person's blend, and its first ten positions."""

    def one(user: int) -> IntArray:
        parts = found.compute(np.array([user]), Offer("new"))
        values = parts.values(found.settings.power)
        score = summed(weighed(values, BLEND), len(parts.item))
        return parts.item[best(parts, score, found.order, 10, None)]

    return [timed(partial(one, user)) for user in range(people)]


def timed(work: Callable[[], IntArray]) -> Timed:
    """Milliseconds of processor time, and the result."""
    began = time.process_time()
    found = work()
    return (time.process_time() - began) * 1000, found


def line(
    what: str,
    some: list[Timed],
    wanted: list[Timed],
    blend: list[Timed],
    whole: list[Timed],
) -> str:
    """One row of the table: medians of time, means of what is shared."""
    return (
        f"{what:>8s} looked at: {np.median([t for t, _ in some]):6.2f} ms, recall "
        f"{shared(some, wanted):.4f}; the blend {np.median([t for t, _ in blend]):6.2f} ms,"
        f" {shared(blend, whole):.4f} of its first 10"
    )


def shared(some: list[Timed], wanted: list[Timed]) -> float:
    """The share of the wanted positions that were found."""
    pairs = zip(some, wanted, strict=True)
    return float(np.mean([np.isin(w, s).mean() for (_, s), (_, w) in pairs]))


def made(n: int, d: int, people: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Vectors of items, and of people who like eight items of three themes.

    What the vectors say falls with the dimension, as what an encoder learns does.
    """
    random = np.random.default_rng(seed)
    falling = (1 / np.sqrt(1 + np.arange(d))).astype(np.float32)
    themes = random.standard_normal((THEMES, d), dtype=np.float32) * falling
    theme = np.sort(random.integers(THEMES, size=n))
    noise = random.standard_normal((n, d), dtype=np.float32)
    rows = unit(themes[theme] + np.float32(0.7) * falling * noise)
    ends = np.searchsorted(theme, np.arange(THEMES + 1))
    liked = random.integers(THEMES, size=(people, 3))
    liked = liked[np.arange(people)[:, None], random.integers(3, size=(people, 8))]
    had = random.integers(ends[liked], np.maximum(ends[liked + 1], ends[liked] + 1))
    return rows, unit(rows[np.minimum(had, n - 1)].sum(axis=1))


def sources(space: Space, seed: int = 1) -> Sources:
    """People who had fifty items, twenty relationships an item, few items popular."""
    random = np.random.default_rng(seed)
    (n, _), people = space.items.rows.shape, len(space.users)
    user, item = np.repeat(np.arange(people), 50), random.integers(n, size=50 * people)
    had = Rows.of(people, user, item, np.ones(len(user), np.float32))
    there = random.integers(n, size=20 * n, dtype=np.int32)
    weight = random.random(20 * n, dtype=np.float32)
    walk = sp.csr_array((weight, there, np.arange(0, 20 * n + 1, 20)), shape=(n, n))
    popularity = np.asarray(random.pareto(1.2, n), np.float32)
    order = np.arange(n)
    ranked = by_popularity(popularity, order)
    return Sources(
        had, had, walk, popularity, {"gnn": space}, BlendSettings(), order, ranked
    )


if __name__ == "__main__":
    typer.run(main)
