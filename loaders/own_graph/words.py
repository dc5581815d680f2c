"""What is printed, with the names that the graph's owner gave."""

from __future__ import annotations

import re
from collections.abc import Callable

from basketweave.graph.neo4j.store import Neo4jStore
from basketweave.graph.store import GraphStore
from basketweave.loaders.own_graph.adopt import mapping_of
from basketweave.loaders.own_graph.nodes import LABELS
from basketweave.loaders.own_graph.pattern import quoted

Said = Callable[[str], str]
_CAPTION = re.compile(r'"\{(\w+)\}"')


def own_words(store: GraphStore | None) -> Said:
    """What makes a statement of ours one that runs in the Browser of an adopted graph.

    Nodes bear the owner's label before ours, by whose index they are found, and titles
    are read where the owner has them. Any other store's statement stays as it is.
    """
    if not isinstance(store, Neo4jStore) or store.prefix is None:
        return str
    spelling, mapping = store.database.spelling, mapping_of(store)
    labels = {
        spelling.name(label): _name(nodes.label)
        for what, label in LABELS.items()
        if (nodes := getattr(mapping, what))
    }

    def said(statement: str) -> str:
        told = spelling.statement(statement)
        for ours, own in labels.items():
            told = re.sub(rf":{ours}\b", f":{own}:{ours}", told)
        if title := mapping.items.title:
            told = re.sub(rf"\b{spelling.name('title')}\b", _name(title), told)
        return told

    return said


def own_style(store: GraphStore | None, style: str) -> str:
    """A style of Neo4j Browser, for the labels and captions of an adopted graph."""
    if not isinstance(store, Neo4jStore):
        return style
    spelling = store.database.spelling
    said = spelling.statement(style)
    return _CAPTION.sub(lambda one: f'"{{{spelling.property(one[1])}}}"', said)


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z]\w*", name) else quoted(name)
