"""The graph: stores, what one export gives, and what is published back.

    from basketweave.graph import connect

Names are loaded when first used: `import basketweave.graph` loads neither a
database engine nor torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# At once, because the function has its module's name; it imports stores when called.
from basketweave.graph.connect import connect

if TYPE_CHECKING:
    from basketweave.graph.store import GraphStore
    from basketweave.graph.subgraph import Edges, Events, Subgraph
    from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors, unit

__all__ = [
    "Edges",
    "Events",
    "GraphStore",
    "ModelCard",
    "ModelVersion",
    "Subgraph",
    "Vectors",
    "connect",
    "unit",
]

_HOMES = {
    "Edges": "basketweave.graph.subgraph",
    "Events": "basketweave.graph.subgraph",
    "GraphStore": "basketweave.graph.store",
    "ModelCard": "basketweave.graph.vectors",
    "ModelVersion": "basketweave.graph.vectors",
    "Subgraph": "basketweave.graph.subgraph",
    "Vectors": "basketweave.graph.vectors",
    "unit": "basketweave.graph.vectors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'basketweave.graph' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
