"""The embedded store: a whole graph database in one file, on Ladybug."""

from basketweave.graph.embedded.store import LadybugStore

__all__ = ["LadybugStore"]
