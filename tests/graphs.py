"""Graphs that are small enough to check by hand, and what they are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.graph.schema import CATALOGUE, PURCHASED, RATED
from basketweave.graph.subgraph import Edges, Events, Subgraph
from basketweave.moments import DAY

Rows = Iterable[Sequence[float]] | npt.NDArray[np.generic]
Ids = int | Sequence[str]


def events(rows: Rows, unit: int = DAY) -> Events:
    """Rows of (user, item, time, value) as a store gives them: by user, then time.

    A time is a number of days, or of `unit` seconds. Rows without one are of time 0,
    those without a value of value 1.
    """
    full = [(*row, *(0, 1)[len(row) - 2 :]) for row in rows]
    user, item, time, value = np.array(full, float).reshape(-1, 4).T
    order = np.lexsort((time, user))
    user, item, time = (c[order].astype(np.int64) for c in (user, item, time * unit))
    return Events(user, item, time, value[order].astype(np.float32))


def histories(items: Iterable[Sequence[int] | npt.NDArray[np.int64]]) -> Rows:
    """Rows in which user 0 has the first of these lists one by one, user 1 the next."""
    return [(u, i, n) for u, own in enumerate(items) for n, i in enumerate(own)]


def events_graph(
    rows: Rows,
    users: Ids,
    items: Ids,
    *,
    kind: str = PURCHASED,
    unit: int = DAY,
    catalogue: Mapping[str, Iterable[tuple[int, int]]] | None = None,
    **others: Ids,
) -> Subgraph:
    """A graph of `events`; ids are given, or counted: u0, u1 …; i0, i1 …

    `catalogue` has (source, target) pairs by type, such as IN_CATEGORY; `others` are the
    ids of Category and Brand.
    """
    ids = {"User": users, "Item": items, **others}
    return Subgraph(
        ids={label: _ids(label, given) for label, given in ids.items()},
        events={kind: events(rows, unit)},
        edges={
            (CATALOGUE[type][0], type, CATALOGUE[type][1]): edges(pairs)
            for type, pairs in (catalogue or {}).items()
        },
    )


def edges(pairs: Iterable[tuple[int, int]], **columns: Sequence[float]) -> Edges:
    """Relationships from (source, target) pairs and a number a column for each."""
    index = np.array(list(pairs), np.int64).reshape(-1, 2).T
    return Edges(index, {n: np.array(c, np.float32) for n, c in columns.items()})


def column(found: Edges, name: str) -> dict[tuple[int, int], float]:
    """A column of relationships by (source, target)."""
    pairs = map(tuple, found.index.T.tolist())
    return dict(zip(pairs, found.columns[name].tolist(), strict=True))


def _ids(label: str, given: Ids) -> pl.Series:
    if isinstance(given, int):
        given = [f"{label[0].lower()}{n}" for n in range(given)]
    return pl.Series(list(given), dtype=pl.String)


def random_graph(users: int, items: int, seed: int = 0) -> Subgraph:
    """Each user buys six items, some of them twice, within 60 days."""
    rng = np.random.default_rng(seed)
    rows = [
        (user, int(item), int(rng.integers(1, 60)))
        for user in range(users)
        for item in rng.choice(items, 6)
    ]
    return events_graph(rows, users, items)


def rated(rows: Iterable[tuple[int, int, float]]) -> Subgraph:
    """A graph of (user, item, stars), rated at times 0, 1, 2 …"""
    full = [(user, item, n, stars) for n, (user, item, stars) in enumerate(rows)]
    users, items = (1 + max(int(row[part]) for row in full) for part in (0, 1))
    return events_graph(full, users, items, kind=RATED, unit=1)


def taste(users: int, items: int, each: int, silent: int = 0) -> Subgraph:
    """Users rate `each` items: 5 stars for those of their category, else 2.

    Even users like the even items, odd users the odd ones; the first `silent` users
    have rated nothing.
    """
    rng = np.random.default_rng(0)
    drawn = rng.permuted(np.tile(np.arange(items), (users - silent, 1)), axis=1)
    order = iter(rng.permutation((users - silent) * each))
    rows = [
        (user, item, next(order), 5 if user % 2 == item % 2 else 2)
        for user, own in enumerate(drawn[:, :each], silent)
        for item in own
    ]
    categories = {"IN_CATEGORY": [(item, item % 2) for item in range(items)]}
    return events_graph(
        rows, users, items, kind=RATED, unit=1, catalogue=categories,
        Category=["even", "odd"],
    )  # fmt: skip
