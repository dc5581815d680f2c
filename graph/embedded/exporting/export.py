"""`export`: the graph as arrays, read by the engine's own node numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from basketweave.errors import SchemaError
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.arrays import array
from basketweave.graph.embedded.loading.nodes import NUMBER, numbered
from basketweave.graph.embedded.schema import (
    COLUMNS,
    ENDS,
    FINER,
    columns,
    relation,
    size,
)
from basketweave.graph.planned.arrival import in_order, shortlex
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
    related = [
        _relation(kind) for kind in (CATALOGUE if relations is None else relations)
    ]
    steps = len(NODE_TYPES) + len(wanted) + len(related)
    with progress.task("Exporting", total=steps) as advance:
        ids, position = {}, {}
        for label in NODE_TYPES:
            nodes = numbered(session, label).sort("id")
            ids[label], position[label] = nodes["id"], positions(nodes)
            advance(1)
        events, place = {}, shortlex(ids[ITEM])
        for kind in wanted:
            found = _events(session, kind, position, as_of)
            events[kind] = in_order(found, place)
            advance(1)
        edges: dict[Relation, Edges] = {}
        for kind in related:
            edges[relation(kind)] = _in_order(related_by(session, kind, position))
            advance(1)
    return Subgraph(ids, events, edges, as_of)


def _present(session: Session) -> list[str]:
    return [kind for kind in EVENT_KINDS if size(session, kind)]


def _relation(kind: str) -> str:
    if kind not in ENDS or kind in EVENT_KINDS:
        there = ", ".join(k for k in ENDS if k not in EVENT_KINDS)
        raise SchemaError(f"{kind!r} is not a relation. Use one of {there}.")
    return kind


def positions(nodes: pl.DataFrame) -> IntArray:
    """For each of the engine's node numbers the row of that node; -1: there is none."""
    number = nodes[NUMBER].to_numpy()
    position = np.full(number.max(initial=-1) + 1, -1, np.int64)
    position[number] = np.arange(len(nodes))
    return position


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
    user, item, time, value = (array(found.column(k)) for k in range(4))
    more = {name: array(found.column(k)) for k, name in enumerate(finer, 4)}
    return Events(position[USER][user], position[ITEM][item], time, value, **more)


def related_by(
    session: Session,
    kind: str,
    position: Mapping[str, IntArray],
    columns: Sequence[str] | None = None,
) -> Edges:
    """The relationships of a kind as the engine gives them, with all or some columns."""
    source, _, target = relation(kind)
    names = list(COLUMNS.get(kind, {})) if columns is None else columns
    returned = "".join(f", r.{name}" for name in names)
    found = session.arrow(
        f"""
        MATCH (a:{source})-[r:{kind}]->(b:{target})
        RETURN offset(id(a)), offset(id(b)){returned}
        """
    )
    left = position[source][array(found.column(0))]
    right = position[target][array(found.column(1))]
    values = {name: array(found.column(k)) for k, name in enumerate(names, 2)}
    return Edges(np.stack([left, right]), values)


def _in_order(edges: Edges) -> Edges:
    """By source, then target: the engine gives them in long stretches of that order,
    which sorting by one number finds."""
    left, right = edges.index
    place = left * (right.max(initial=0) + 1) + right
    order = np.argsort(place, kind="stable")
    columns = {name: column[order] for name, column in edges.columns.items()}
    return Edges(edges.index[:, order], columns)
