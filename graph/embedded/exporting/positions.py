"""The nodes of an export: sorted ids, and the position of each engine number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.loading.properties import held
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import IntArray

NUMBER = "_number"
"""The engine's number of a node, as a column; no property can have such a name."""


@dataclass(frozen=True)
class Index:
    """Nodes of one label.

    rows            `id` and properties, sorted by id
    position (N,)   the row of the node with each engine number; -1 where there is none
    """

    rows: pl.DataFrame
    position: IntArray

    @property
    def ids(self) -> pl.Series:
        """The ids (n,), sorted."""
        return self.rows["id"]


def read_index(session: Session, label: str, names: Sequence[str] = ()) -> Index:
    """All nodes of a label with these properties; nulls where no node has one."""
    nodes = read_numbered(session, label, names).sort("id")
    number = nodes[NUMBER].to_numpy()
    position = np.full(number.max(initial=-1) + 1, -1, np.int64)
    position[number] = np.arange(len(nodes))
    return Index(nodes.drop(NUMBER), position)


def read_items(session: Session, names: Sequence[str]) -> pl.DataFrame:
    """`id` and these properties of all items; nulls where no item has one."""
    return read_numbered(session, ITEM, names).drop(NUMBER)


def read_numbered(session: Session, label: str, names: Sequence[str]) -> pl.DataFrame:
    """`id`, these properties and the engine's number of all nodes, in no order."""
    there = held(session, label) if names else {}
    returned = "".join(f", n.`{n}` AS `{n}`" for n in names if n in there)
    found = session.frame(
        f"MATCH (n:{label}) RETURN n.id AS id, offset(id(n)) AS `{NUMBER}`{returned}"
    )
    absent = [pl.lit(None, pl.String).alias(n) for n in names if n not in there]
    return found.with_columns(absent).select("id", NUMBER, *names)
