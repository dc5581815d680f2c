"""`export`: the graph as arrays, read by the engine's own node numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from basketweave.errors import SchemaError
from basketweave.graph.arrival import in_order, shortlex
from basketweave.graph.embedded.session import Session
from basketweave.graph.embedded.tables import (
    COLUMNS,
    ENDS,
    FINER,
    columns,
    relation,
    size,
)
from basketweave.graph.schema import (
    CATALOGUE,
    EVENT_KINDS,
    ITEM,
    NODE_TYPES,
    USER,
    Relation,
    check_kind,
)
from basketweave.graph.subgraph import Edges, Events, IntArray, Subgraph
from basketweave.progress import Progress


def export(
    session: Session,
    *,
    as_of: int | None,
    kinds: Sequence[str] | None,
    relations: Sequence[str] | None,
    progress: Progress,
) -> Subgraph:
    """All nodes, the events not after `as_of`, and the relations asked for.

    Ids are in their own order, and events in that of user, time and arrival, so that
    both stores give the same arrays for the same data.
    """
    wanted = [check_kind(k) for k in kinds] if kinds is not None else _present(session)
    related = [_known(kind) for kind in (CATALOGUE if relations is None else relations)]
    steps = len(NODE_TYPES) + len(wanted) + len(related)
    with progress.task("Exporting", total=steps) as advance:
        ids, position = {}, {}
        for label in NODE_TYPES:
            ids[label], position[label] = _nodes(session, label)
            advance(1)
        events, place = {}, shortlex(ids[ITEM])
        for kind in wanted:
            found = _events(session, kind, position, as_of)
            events[kind] = in_order(found, place)
            advance(1)
        edges: dict[Relation, Edges] = {}
        for kind in related:
            edges[relation(kind)] = _edges(session, kind, position)
            advance(1)
    return Subgraph(ids, events, edges, as_of)


def _present(session: Session) -> list[str]:
    return [kind for kind in EVENT_KINDS if size(session, kind)]


def _known(kind: str) -> str:
    if kind not in ENDS or kind in EVENT_KINDS:
        there = ", ".join(k for k in ENDS if k not in EVENT_KINDS)
        raise SchemaError(f"{kind!r} is not a relation. Use one of {there}.")
    return kind


def _nodes(session: Session, label: str) -> tuple[pl.Series, IntArray]:
    """The ids in order, and for each of the engine's node numbers its position."""
    nodes = session.frame(
        f"MATCH (n:{label}) RETURN n.id AS id, offset(id(n)) AS number"
    ).sort("id")
    position = np.full(_after(nodes["number"]), -1, np.int64)
    position[nodes["number"].to_numpy()] = np.arange(len(nodes))
    return nodes["id"], position


def _after(numbers: pl.Series) -> int:
    last = numbers.max()
    return int(last) + 1 if isinstance(last, int) else 0


def _events(
    session: Session,
    kind: str,
    position: Mapping[str, IntArray],
    as_of: int | None,
) -> Events:
    finer = [name for name in FINER if name in columns(session, kind)]
    bound = "" if as_of is None else "WHERE e.at <= $as_of"
    found = session.arrow(
        f"""
        MATCH (u:{USER})-[e:{kind}]->(i:{ITEM}) {bound}
        RETURN offset(id(u)), offset(id(i)), e.at, e.value
          {"".join(f", e.{name}" for name in finer)}
        """,
        {} if as_of is None else {"as_of": as_of},
    )
    user, item, time, value = (_array(found.column(k)) for k in range(4))
    more = {name: _array(found.column(k)) for k, name in enumerate(finer, 4)}
    return Events(position[USER][user], position[ITEM][item], time, value, **more)


def _edges(session: Session, kind: str, position: Mapping[str, IntArray]) -> Edges:
    source, _, target = relation(kind)
    names = list(COLUMNS.get(kind, {}))
    returned = "".join(f", r.{name}" for name in names)
    found = session.arrow(
        f"""
        MATCH (a:{source})-[r:{kind}]->(b:{target})
        RETURN offset(id(a)), offset(id(b)){returned}
        """
    )
    left = position[source][_array(found.column(0))]
    right = position[target][_array(found.column(1))]
    order = np.lexsort((right, left))
    columns = {n: _array(found.column(k))[order] for k, n in enumerate(names, 2)}
    return Edges(np.stack([left[order], right[order]]), columns)


def _array(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = column.to_numpy()
    return array
