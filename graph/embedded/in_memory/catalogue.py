"""What a request needs to know of the items: their properties and relationships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.positions import read_index
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


def column(session: Session, name: str) -> pl.Series:
    """A property of all items in the order of `read`; nulls where an item has none."""
    return read_index(session, ITEM, [name]).rows[name]
