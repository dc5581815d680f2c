"""Relationships of one type, read by the engine's own node numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.arrays import array, both, ends
from basketweave.graph.embedded.exporting.positions import Index
from basketweave.graph.planned.item_edges import COLUMNS
from basketweave.graph.schema import relation
from basketweave.graph.subgraph import Edges, IntArray


def read_edges(session: Session, kind: str, index: Mapping[str, Index]) -> Edges:
    """The relationships of a kind between nodes of `index`, sorted by both ends.

    The engine returns them in long stretches that are sorted already, so that a stable
    sort by one number is quick.
    """
    position = {label: one.position for label, one in index.items()}
    edges = read_relationships(session, kind, position, list(COLUMNS.get(kind, ())))
    left, right = edges.index
    place = left * (right.max(initial=0) + 1) + right
    order = np.argsort(place, kind="stable")
    columns = {name: column[order] for name, column in edges.columns.items()}
    return Edges(edges.index[:, order], columns)


def read_relationships(
    session: Session,
    kind: str,
    position: Mapping[str, IntArray],
    columns: Sequence[str] = (),
) -> Edges:
    """The relationships of a kind in the engine's order, with these columns.

    position   for each label, the position (N,) of each engine number
    """
    source, _, target = relation(kind)
    found = session.arrow(
        f"""
        MATCH (a:{source})-[r:{kind}]->(b:{target})
        RETURN {ends("a", "b")}{"".join(f", r.{name}" for name in columns)}
        """
    )
    left, right = both(found.column(0))
    values = {name: array(found.column(k)) for k, name in enumerate(columns, 1)}
    return Edges(np.stack([position[source][left], position[target][right]]), values)
