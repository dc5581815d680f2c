"""The nodes of an export: ids in their order, and where each internal id went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.graph.neo4j.database import Database
from basketweave.graph.neo4j.exporting.flat import CHUNK, columns
from basketweave.graph.schema import ITEM, check_name

Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Index:
    """Nodes of one label: `ids` (n,) sorted, and the internal id `nodes` (n,) of each."""

    ids: pl.Series
    nodes: Nodes

    def positions(self, nodes: Nodes) -> Nodes:
        """The position of each of these internal ids (m,); -1 where it is not here."""
        if len(self.nodes) == 0:
            return np.full(len(nodes), -1, np.int64)
        ordered, order = self._ordered
        place = np.minimum(np.searchsorted(ordered, nodes), len(ordered) - 1)
        return np.where(ordered[place] == nodes, order[place], -1)

    def only(self, nodes: Nodes) -> Index:
        """The part of this index that is among `nodes`."""
        keep = np.isin(self.nodes, nodes)
        return Index(self.ids.filter(pl.Series(keep)), self.nodes[keep])

    @cached_property
    def _ordered(self) -> tuple[Nodes, Nodes]:
        order = np.argsort(self.nodes)
        return self.nodes[order], order


def read_index(database: Database, label: str) -> Index:
    """All nodes of a label."""
    rows = database.read(f"MATCH (n:{label}) RETURN collect(n.id), collect(id(n))")
    ids = pl.Series("id", rows[0][0], dtype=pl.String)
    order = ids.arg_sort()
    return Index(ids[order], np.array(rows[0][1], np.int64)[order.to_numpy()])


def read_items(database: Database, names: Sequence[str]) -> pl.DataFrame:
    """`id` and these properties of all items; nulls for one that none has."""
    values = ", ".join(f"n.{check_name(name)}" for name in ("id", *names))
    rows = database.read(
        f"MATCH (n:{ITEM}) RETURN collect([{values}]), id(n) / {CHUNK}"
    )
    (found,) = columns([rows], 1)
    lists = zip(*found, strict=True) if found else [()] * (1 + len(names))
    frame = pl.DataFrame(
        [
            pl.Series(name, list(one), strict=False)
            for name, one in zip(("id", *names), lists, strict=True)
        ]
    )
    return frame.with_columns(pl.col(pl.Null).cast(pl.String))


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
        WHERE $as_of IS NULL OR r.firstAt <= $as_of
        RETURN collect(DISTINCT id(other))
        """,
        nodes=nodes.tolist(),
        as_of=as_of,
    )
    return np.array(rows[0][0], np.int64)
