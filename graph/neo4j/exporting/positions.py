"""The nodes of an export: sorted ids, and the position of each internal id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import StoreError
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.arrays import CHUNK, columns
from basketweave.graph.neo4j.exporting.histories import TIMES, UNDATED
from basketweave.graph.schema import ITEM, check_name

Nodes = npt.NDArray[np.int64]
IS_TEXT = "n.id IS :: STRING NOT NULL"
"""A condition for nodes of this package: others may use these labels too."""

NUMBERS = ("price", "popularity", "rebuy")
"""Item properties that are numbers."""


@dataclass(frozen=True)
class Index:
    """Nodes of one label: `ids` (n,), sorted, and their internal ids `nodes` (n,)."""

    ids: pl.Series
    nodes: Nodes

    def positions(self, nodes: Nodes) -> Nodes:
        """The positions (m,) of internal ids (m,); -1 where the index lacks the id."""
        if len(self.nodes) == 0:
            return np.full(len(nodes), -1, np.int64)
        ordered, order = self._ordered
        place = np.minimum(np.searchsorted(ordered, nodes), len(ordered) - 1)
        return np.where(ordered[place] == nodes, order[place], -1)

    def only(self, nodes: Nodes) -> Index:
        """The index of those nodes whose internal ids are among `nodes`."""
        keep = np.isin(self.nodes, nodes)
        return Index(self.ids.filter(pl.Series(keep)), self.nodes[keep])

    @cached_property
    def _ordered(self) -> tuple[Nodes, Nodes]:
        order = np.argsort(self.nodes)
        return self.nodes[order], order


def read_index(database: Database, label: str) -> Index:
    """All nodes of a label that have an id; a node without one is somebody else's.

    Raises `StoreError` where an id is not text, or two nodes have the same id.
    """
    ((found, nodes, others),) = database.read(
        f"""
        MATCH (n:{label})
        WITH n, {IS_TEXT} AS ours
        RETURN
          collect(CASE WHEN ours THEN n.id END),
          collect(CASE WHEN ours THEN id(n) END),
          count(CASE WHEN NOT ours THEN n.id END)
        """
    )
    ids = pl.Series("id", found, dtype=pl.String)
    if others or ids.n_unique() < len(ids):
        raise StoreError(unusable(label))
    order = ids.arg_sort()
    return Index(ids[order], np.array(nodes, np.int64)[order.to_numpy()])


def unusable(label: str) -> str:
    """The error message for a label whose ids cannot be used."""
    return (
        f"The graph has ({label}) nodes whose id is not text, or the same twice, so "
        "that it cannot be told whose events are whose. See which, and how to mend "
        "them: basketweave doctor"
    )


def read_items(database: Database, names: Sequence[str]) -> pl.DataFrame:
    """`id` and these properties of all items; nulls where no item has one."""
    values = ", ".join(f"n.{check_name(name)}" for name in ("id", *names))
    rows = database.read(
        f"""
        MATCH (n:{ITEM})
        WHERE {IS_TEXT}
        RETURN collect([{values}]), id(n) / {CHUNK}
        """
    )
    (found,) = columns([rows], 1)
    lists = zip(*found, strict=True) if found else [()] * (1 + len(names))
    frame = pl.DataFrame(
        [
            pl.Series(name, _of_one_type(name, one), strict=False)
            for name, one in zip(("id", *names), lists, strict=True)
        ]
    )
    return frame.with_columns(pl.col(pl.Null).cast(pl.String))


def _of_one_type(name: str, values: Sequence[Any]) -> list[Any]:
    """A property's values; in `NUMBERS`, a value that is no number becomes None."""
    if name not in NUMBERS:
        return list(values)
    return [v if type(v) in (int, float) and isfinite(v) else None for v in values]


def reached(
    database: Database,
    users: Nodes,
    kinds: Sequence[str],
    hops: int,
    as_of: int | None,
) -> tuple[Nodes, Nodes]:
    """Internal ids of the users and items at most `hops` events away from `users`."""
    found = [users, np.empty(0, np.int64)]
    new = users
    for hop in range(hops if kinds else 0):
        side = (hop + 1) % 2
        new = np.setdiff1d(_next(database, new, kinds, as_of), found[side])
        found[side] = np.union1d(found[side], new)
    return found[0], found[1]


def _next(
    database: Database, nodes: Nodes, kinds: Sequence[str], as_of: int | None
) -> Nodes:
    rows = database.read(
        f"""
        UNWIND $nodes AS x
        MATCH (n)
        WHERE id(n) = x
        MATCH (n)-[r:{"|".join(kinds)}]-(other)
        WITH other, r, r.times AS given
        WITH other, {TIMES} AS times
        WHERE $as_of IS NULL OR any(t IN times WHERE t <= $as_of)
        RETURN collect(DISTINCT id(other))
        """,
        nodes=nodes.tolist(),
        as_of=as_of,
        undated=[UNDATED],
    )
    return np.array(rows[0][0], np.int64)
