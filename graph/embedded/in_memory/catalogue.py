"""What answers to requests need of the items: their properties and what ties them."""

from __future__ import annotations

from collections.abc import Sequence

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.positions import read_index
from basketweave.graph.embedded.exporting.relations import read_relationships
from basketweave.graph.schema import BRAND, CATALOGUE, CATEGORY, ITEM, relation
from basketweave.graph.subgraph import Edges, IntArray, Subgraph


def read(session: Session, properties: Sequence[str]) -> tuple[Subgraph, IntArray]:
    """The items in order of their ids, with categories and brands, and no users.

    Besides, for each of the engine's own item numbers the item's position.
    """
    named = {ITEM: properties, CATEGORY: (), BRAND: ()}
    nodes = {label: read_index(session, label, names) for label, names in named.items()}
    position = {label: one.position for label, one in nodes.items()}
    edges = {
        relation(kind): read_relationships(session, kind, position)
        for kind in CATALOGUE
    }
    ids = {label: one.ids for label, one in nodes.items()}
    return Subgraph(ids, {}, edges, items=nodes[ITEM].rows), position[ITEM]


def steps(session: Session, kind: str, position: IntArray) -> Edges:
    """The relationships between items of a kind with their `weight`, in no order."""
    return read_relationships(session, kind, {ITEM: position}, ["weight"])
