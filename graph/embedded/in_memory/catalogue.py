"""What a request needs to know of the items: their properties and relationships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.positions import (
    NUMBER,
    read_index,
    read_numbered,
)
from basketweave.graph.embedded.exporting.relations import read_relationships
from basketweave.graph.embedded.loading.properties import held
from basketweave.graph.schema import BRAND, CATALOGUE, CATEGORY, ITEM, relation
from basketweave.graph.subgraph import Edges, IntArray, Subgraph


def read(session: Session, properties: Sequence[str]) -> tuple[Subgraph, IntArray]:
    """A subgraph of the items alone, by id, and the position of each engine number.

    The positions (N,) give, for each of the engine's own item numbers, the row of that
    item in the subgraph.
    """
    items = read_index(session, ITEM, properties)
    return Subgraph({ITEM: items.ids}, {}, {}, items=items.rows), items.position


def grouped(session: Session, items: Subgraph, position: IntArray) -> Subgraph:
    """The subgraph that `read` returned, with the categories and brands of its items.

    position   the positions that `read` returned
    """
    groups = {label: read_index(session, label) for label in (CATEGORY, BRAND)}
    places = {label: one.position for label, one in groups.items()}
    edges = {
        relation(kind): read_relationships(session, kind, {ITEM: position, **places})
        for kind in CATALOGUE
    }
    ids = {label: one.ids for label, one in groups.items()}
    return replace(items, ids={**items.ids, **ids}, edges=edges)


def steps(session: Session, kind: str, position: IntArray) -> Edges:
    """All relationships of one kind between items, with their `weight`, in no order."""
    return read_relationships(session, kind, {ITEM: position}, ["weight"])


def properties(session: Session) -> frozenset[str]:
    """The names of the properties that items have."""
    return frozenset(held(session, ITEM))


def numbered(
    session: Session, position: IntArray, ids: Sequence[str], places: Sequence[int]
) -> IntArray:
    """The positions that `read` returned, and the places of items added since."""
    find = f"MATCH (n:{ITEM} {{id: one}}) RETURN n.id, offset(id(n))"
    number = {one: int(at) for one, at in session.each(find, ids)}
    out = np.full(max([len(position) - 1, *number.values()]) + 1, -1, np.int64)
    out[: len(position)] = position
    for one, place in zip(ids, places, strict=True):
        out[number[one]] = place
    return out


def column(session: Session, name: str, position: IntArray) -> pl.Series:
    """A property of all items in the order of `position`; nulls where one has none."""
    items = read_numbered(session, ITEM, [name])
    order = np.argsort(position[items[NUMBER].to_numpy()])
    return items[name][order]
