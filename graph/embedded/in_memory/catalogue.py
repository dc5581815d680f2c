"""What answers to requests need of the items: their properties and what ties them."""

from __future__ import annotations

from collections.abc import Sequence

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.export import positions, related_by
from basketweave.graph.embedded.loading.nodes import NUMBER, numbered
from basketweave.graph.embedded.schema import relation
from basketweave.graph.schema import BRAND, CATALOGUE, CATEGORY, ITEM
from basketweave.graph.subgraph import Edges, IntArray, Subgraph


def read(session: Session, properties: Sequence[str]) -> tuple[Subgraph, IntArray]:
    """The items in order of their ids, with categories and brands, and no users.

    Besides, for each of the engine's own item numbers the item's position.
    """
    named = {ITEM: properties, CATEGORY: (), BRAND: ()}
    nodes = {
        label: numbered(session, label, names).sort("id")
        for label, names in named.items()
    }
    position = {label: positions(frame) for label, frame in nodes.items()}
    edges = {relation(kind): related_by(session, kind, position) for kind in CATALOGUE}
    ids = {label: frame["id"] for label, frame in nodes.items()}
    items = nodes[ITEM].drop(NUMBER)
    return Subgraph(ids, {}, edges, items=items), position[ITEM]


def steps(session: Session, kind: str, position: IntArray) -> Edges:
    """The relationships between items of a kind with their `weight`, in no order."""
    return related_by(session, kind, {ITEM: position}, ["weight"])
