"""The graph: stores, exported subgraphs, and published vectors.

    from basketweave.graph import connect

Names are loaded when first used: `import basketweave.graph` loads neither a
database engine nor torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# At once, because the function has its module's name; it imports stores when called.
from basketweave.graph.connect import connect
from basketweave.lazy import lazily

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

__getattr__ = lazily(
    __name__,
    {
        "Edges": "subgraph",
        "Events": "subgraph",
        "GraphStore": "store",
        "ModelCard": "vectors",
        "ModelVersion": "vectors",
        "Subgraph": "subgraph",
        "Vectors": "vectors",
        "unit": "vectors",
    },
)
