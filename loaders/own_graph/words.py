"""A printed query with the names that the graph's owner gave."""

from __future__ import annotations

import re

from basketweave.graph.neo4j.store import Neo4jStore
from basketweave.graph.store import GraphStore
from basketweave.loaders.own_graph.adopt import mapping_of
from basketweave.loaders.own_graph.nodes import LABELS
from basketweave.loaders.own_graph.pattern import quoted


def in_own_words(store: GraphStore, statement: str) -> str:
    """A statement of ours as it runs in the Browser of an adopted graph.

    Nodes bear the owner's label before ours, by whose index they are found, and titles
    are read where the owner has them. Any other store's statement stays as it is.
    """
    if not isinstance(store, Neo4jStore) or store.prefix is None:
        return statement
    spelling, mapping = store.database.spelling, mapping_of(store)
    said = spelling.statement(statement)
    for what, label in LABELS.items():
        if nodes := getattr(mapping, what):
            ours = spelling.name(label)
            said = re.sub(rf":{ours}\b", f":{_name(nodes.label)}:{ours}", said)
    if mapping.items.title:
        title = _name(mapping.items.title)
        said = re.sub(rf"\b{spelling.name('title')}\b", title, said)
    return said


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z]\w*", name) else quoted(name)
